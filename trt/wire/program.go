package wire

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// program is a running child and its pipes.
type program struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     io.ReadCloser
	said    *tail // on standard error
	waited  sync.Once
	exit    error
}

func startProgram(command, env []string) (*program, error) {
	p := &program{command: exec.Command(command[0], command[1:]...), said: &tail{}}
	p.command.Env = append(os.Environ(), env...)
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.command.Stderr = p.said
	p.command.WaitDelay = grace
	var err error
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	if p.out, err = p.command.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", command[0], err)
	}
	return p, nil
}

// kill kills all processes of the program's group, and ends a read from it.
func (p *program) kill() {
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
	_ = p.out.Close()
}

// wait waits for the end, and kills the program after a while.
func (p *program) wait(grace time.Duration) error {
	p.waited.Do(func() {
		timer := time.AfterFunc(grace, p.kill)
		defer timer.Stop()
		p.exit = p.command.Wait()
		p.kill() // what it started
	})
	return p.exit
}

// tailSize is how much of a program's last words is kept.
const tailSize = 16 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mutex sync.Mutex
	text  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - tailSize; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

func (t *tail) clear() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = nil
}

func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return string(t.text)
}
