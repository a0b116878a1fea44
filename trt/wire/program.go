package wire

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/process"
)

// program is a running program and our ends of its pipes.
type program struct {
	process *process.Process
	in, out *os.File
	said    *words
}

func startProgram(command, env []string) (*program, error) {
	itsIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer itsIn.Close()
	out, itsOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	defer itsOut.Close()
	p := &program{in: in, out: out, said: &words{}}
	// Its life is that of the session, which spans calls and their contexts.
	p.process, err = process.Start(context.Background(), process.Command{
		Path: command[0], Args: command[1:], Env: env, In: itsIn, Out: itsOut, Err: p.said,
	})
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	return p, nil
}

// kill ends the program and what it started, and a read from it: what left its
// group may still hold the pipe.
func (p *program) kill() {
	p.process.Kill()
	_ = p.out.Close()
}

// wait waits for the end, and kills the program after a while.
func (p *program) wait(grace time.Duration) trt.Exit {
	timer := time.AfterFunc(grace, p.kill)
	defer timer.Stop()
	exit, _ := p.process.Wait() // the error is its context's, which has no end
	_, _ = p.in.Close(), p.out.Close()
	return exit
}

// words are the last that a program said on its standard error, since they
// were cleared.
type words struct {
	mutex sync.Mutex
	text  []byte
}

// mostWords is how many bytes of them are kept.
const mostWords = 64 << 10

func (w *words) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.text = append(w.text, p...)
	if extra := len(w.text) - mostWords; extra > 0 {
		w.text = append(w.text[:0], w.text[extra:]...)
	}
	return len(p), nil
}

func (w *words) clear() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.text = nil
}

func (w *words) String() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return string(w.text)
}
