package fleet_test

import (
	"net"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/fleet/embed"
)

// A server that ends while a worker connects is waited for, as one that is not
// there yet.
func TestDialOutlivesServers(t *testing.T) {
	dying, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := fleet.Access{URL: "nats://" + dying.Addr().String()}
	go func() {
		for range 2 {
			if c, err := dying.Accept(); err == nil {
				c.Close()
			}
		}
		dying.Close()
		time.Sleep(100 * time.Millisecond)
		if s, err := embed.Start(a, t.TempDir()); err == nil {
			t.Cleanup(func() { s.Close() })
		}
	}()
	q, err := fleet.Dial(t.Context(), a, patience, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	q.Close()
}

// What is refused for good is not tried for ever.
func TestDialGivesUp(t *testing.T) {
	s, err := embed.Start(fleet.Access{URL: "nats://127.0.0.1:0", Token: "0123456789abcdef"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if q, err := fleet.Dial(t.Context(), fleet.Access{URL: s.Access.URL, Token: "fedcba9876543210"}, patience, func(string) {}); err == nil {
		q.Close()
		t.Error("a wrong token opened the queue")
	}
}
