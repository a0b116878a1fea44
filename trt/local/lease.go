package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/trtnas/trtnas/trt"
)

// leased is a backend whose GPU no other trtnas on this machine measures on:
// two builds at once would time each other's kernels.
type leased struct {
	trt.Backend
	lock *os.File
}

// lease takes the GPU, or says that another process has it. The lock goes with
// the process, however that ends.
func lease(b trt.Backend, folder string) (trt.Backend, error) {
	d := b.Device()
	path := filepath.Join(folder, "trtnas-"+strings.Map(fileRune, d.UUID+" "+d.Name)+".lock")
	// Locking needs no right to write, so that another user's file will do.
	lock, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		lock, err = os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o644)
	}
	if err != nil {
		return nil, fmt.Errorf("lock of the GPU: %w", err)
	}
	switch err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(fmt.Errorf("another trtnas measures on this GPU (it holds %s): wait for it, or choose another GPU with --gpu", path), lock.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock of the GPU, %s: %w", path, err), lock.Close())
	}
	return leased{b, lock}, nil
}

// fileRune keeps what is safe in a file's name.
func fileRune(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' {
		return r
	}
	return '_'
}

// Close gives the GPU back.
func (l leased) Close() error { return errors.Join(l.Backend.Close(), l.lock.Close()) }
