package process

import "sync"

// tailSize is how many bytes of each output are kept. trtexec writes some
// 100 kB in a run.
const tailSize = 1 << 20

// Tail keeps the end of what is written to it: a megabyte at least.
type Tail struct {
	mutex sync.Mutex
	text  []byte
}

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > 2*tailSize { // so that few writes move it
		t.text = append(t.text[:0], t.text[len(t.text)-tailSize:]...)
	}
	return len(p), nil
}

func (t *Tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return string(t.text[max(0, len(t.text)-tailSize):])
}
