package wire

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// maxResponse is the longest line in bytes that is taken from a program. 5000
// samples take 100 kB at most.
const maxResponse = 1 << 20

// grace is how long a program that closed its output has for ending itself, so
// that its own exit status is seen.
const grace = 2 * time.Second

// session is one life of the program.
type session struct {
	number  int
	program *program
	lines   *bufio.Reader
	asked   int64 // requests up to now, which numbers them
	dead    bool
}

func start(command, env []string) (*session, error) {
	p, err := startProgram(command, env)
	if err != nil {
		return nil, err
	}
	return &session{program: p, lines: bufio.NewReaderSize(p.out, maxResponse)}, nil
}

// ask waits for the response to a request. The program is dead after whatever
// makes its next answers doubtful: no answer in time, no answer of the
// protocol, a crash, a lost device.
func (s *session) ask(ctx context.Context, r Request, limit time.Duration) (Response, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(limited, s.program.kill)
	s.program.said.clear() // what it said of earlier requests tells nothing of this one
	response, err := s.exchange(r)
	if !stop() {
		s.kill() // the answer came as time ran out
	}
	switch {
	case err == nil && response.Error == nil:
		return response, nil
	case err == nil:
		f := failureOf(r.Op, *response.Error)
		if f.Class == trt.Crash || f.Class == trt.DeviceLost {
			s.kill()
		}
		return Response{}, f
	}
	cancelled, late := ctx.Err(), limited.Err()
	stray := !errors.Is(err, io.EOF)
	if stray {
		s.program.kill()
	}
	s.dead = true
	exit := s.program.wait(grace)
	output := s.program.said.String()
	switch {
	case cancelled != nil:
		return Response{}, cancelled
	case late != nil:
		return Response{}, &trt.Failure{Class: trt.Timeout, Message: fmt.Sprintf("%s took longer than %v", r.Op, limit), Output: output}
	case stray:
		return Response{}, &trt.Failure{Class: trt.Crash, Message: fmt.Sprintf("%s: %v", r.Op, err), Output: output}
	}
	return Response{}, exitFailure(r.Op, exit, output)
}

// exchange writes a request and reads its response. The error is io.EOF where
// the program ended.
func (s *session) exchange(r Request) (Response, error) {
	s.asked++
	r.ID = s.asked
	request, err := json.Marshal(r)
	if err != nil {
		return Response{}, err
	}
	if _, err := s.program.in.Write(append(request, '\n')); err != nil {
		return Response{}, io.EOF // it doesn't read any more
	}
	line, err := s.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return Response{}, fmt.Errorf("the response is longer than %d bytes", maxResponse)
	case err != nil:
		return Response{}, io.EOF
	}
	var response Response
	if err := json.Unmarshal(line, &response); err != nil {
		return Response{}, fmt.Errorf("no response of the protocol: %.60q", line)
	}
	if response.ID != r.ID {
		return Response{}, fmt.Errorf("the response is to request %d, not to %d", response.ID, r.ID)
	}
	if response.Error == nil && !response.answers(r.Op) {
		return Response{}, fmt.Errorf("the response lacks what was asked for: %.60q", line)
	}
	return response, nil
}

// answers tells whether the field that belongs to op is there.
func (r Response) answers(op Op) bool {
	switch op {
	case Hello:
		return r.Hello != nil
	case Build:
		return r.Built != nil
	case Load:
		return r.Engine != nil
	case Time:
		return r.Timed != nil
	case Outputs:
		return len(r.Tensors) > 0
	}
	return true
}

// quit ends the program in peace, or else by force.
func (s *session) quit() {
	if _, err := s.ask(context.Background(), Request{Op: Quit}, grace); err != nil {
		s.kill()
		return
	}
	s.dead = true
	s.program.wait(grace)
}

// kill ends the program by force.
func (s *session) kill() {
	s.dead = true
	s.program.kill()
	s.program.wait(grace)
}
