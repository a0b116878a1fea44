package train

import (
	"bytes"
	"fmt"
	"sync"
)

// Bounds of an answer, beyond which it is no talk but a flood.
const (
	mostLine   = 64 << 10 // bytes
	mostAnswer = 64 << 20
)

// answer takes a program's standard output apart. Its result may be read once it
// was ended.
type answer struct {
	request Request
	heard   func(Event)
	refused func()

	mutex sync.Mutex // what a program left behind may still write
	ended bool
	begun []byte // of a line that is not whole yet
	size  int
	last  Event
	bad   error
}

// Write implements io.Writer. What comes after a mistake is not looked at.
func (a *answer) Write(p []byte) (int, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	n := len(p)
	a.size += n
	for !a.ended && a.bad == nil && len(p) > 0 {
		line, rest, whole := bytes.Cut(p, []byte("\n"))
		p = rest
		a.begun = append(a.begun, line...)
		switch {
		case len(a.begun) > mostLine:
			a.refuse(fmt.Errorf("a line of more than %d bytes", mostLine))
		case a.size > mostAnswer:
			a.refuse(fmt.Errorf("more than %d bytes", mostAnswer))
		case whole:
			a.line()
		}
	}
	return n, nil
}

// end takes no more, and what there is of a last line for whole.
func (a *answer) end() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.bad == nil && len(a.begun) > 0 {
		a.line()
	}
	a.ended = true
}

func (a *answer) line() {
	e, err := parse(a.begun, a.request)
	a.begun = a.begun[:0]
	switch {
	case err != nil:
		a.refuse(err)
	case a.last.ends():
		a.refuse(fmt.Errorf("event %q after %q, which is the last", e.Event, a.last.Event))
	default:
		a.last = e
		a.heard(e)
	}
}

func (a *answer) refuse(err error) {
	a.bad = err
	a.refused()
}
