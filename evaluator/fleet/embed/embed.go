// Package embed runs the fleet's queue in this process, for users who have no
// NATS server of their own.
package embed

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/trtnas/trtnas/evaluator/fleet"
)

// Server is a NATS server with JetStream in this process.
type Server struct {
	// Access opens it from this machine.
	Access fleet.Access
	server *server.Server
	lock   *os.File
}

// ErrTaken tells that another program listens at the address.
var ErrTaken = errors.New("address is taken")

// Limits of what the server keeps and takes.
const (
	mostStored  = 4 << 30
	mostMemory  = 64 << 20
	readyWithin = 10 * time.Second
)

// Start listens at the access's address, which must be this machine's; port 0
// is any free one. What it keeps is in folder, on disk before it is
// acknowledged.
func Start(a fleet.Access, folder string) (*Server, error) {
	host, port, token, err := a.Listen()
	if err != nil {
		return nil, err
	}
	config, err := a.TLS()
	if err != nil {
		return nil, err
	}
	// The server would end the process where it can't listen.
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTaken, err)
	}
	address := listener.Addr().(*net.TCPAddr)
	if err := listener.Close(); err != nil {
		return nil, err
	}
	lock, err := take(folder)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "trtnas", Host: host, Port: address.Port, Authorization: token, TLSConfig: config,
		JetStream: true, StoreDir: folder, SyncAlways: true, JetStreamMaxStore: mostStored, JetStreamMaxMemory: mostMemory,
		NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("queue: %w", err), lock.Close())
	}
	go s.Start()
	if !s.ReadyForConnections(readyWithin) {
		s.Shutdown()
		return nil, errors.Join(fmt.Errorf("queue: no server came up at %s within %v", a.URL, readyWithin), lock.Close())
	}
	a.URL = "nats://" + net.JoinHostPort(host, strconv.Itoa(address.Port))
	return &Server{Access: a, server: s, lock: lock}, nil
}

// take makes the folder, and keeps other servers off it as long as this process
// lives.
func take(folder string) (*os.File, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the queue: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("folder of the queue: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another queue keeps its files in %s (%w): use that one's address", folder, err), lock.Close())
	}
	return lock, nil
}

// Traffic is what a server has moved since it began.
type Traffic struct{ Messages, Bytes int64 } // in and out together

// Traffic of all clients, this process's own among them.
func (s *Server) Traffic() (Traffic, error) {
	v, err := s.server.Varz(nil)
	if err != nil {
		return Traffic{}, fmt.Errorf("queue: %w", err)
	}
	return Traffic{Messages: v.InMsgs + v.OutMsgs, Bytes: v.InBytes + v.OutBytes}, nil
}

// Close stops the server. What it keeps stays in its folder.
func (s *Server) Close() error {
	s.server.Shutdown()
	s.server.WaitForShutdown()
	return s.lock.Close()
}

// Open connects to the server at the address. Where none listens and the address
// is this machine's, it starts one that keeps its files in folder; the server is
// nil otherwise.
func Open(ctx context.Context, a fleet.Access, folder string, patience time.Duration) (*fleet.Queue, *Server, error) {
	q, err := connect(ctx, a, patience)
	if err == nil || !fleet.NobodyListens(err) {
		return q, nil, err
	}
	s, startErr := Start(a, folder)
	if startErr != nil {
		if q, err := connect(ctx, a, patience); err == nil { // another one came first just then
			return q, nil, nil
		}
		return nil, nil, fmt.Errorf("%w, and no server can be started there: %w", err, startErr)
	}
	if q, err = fleet.Connect(ctx, s.Access, patience); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return q, s, nil
}

// tries to connect to a server that is there and ends or begins just then.
const (
	tries = 10
	pause = 500 * time.Millisecond
)

func connect(ctx context.Context, a fleet.Access, patience time.Duration) (q *fleet.Queue, err error) {
	for range tries {
		if q, err = fleet.Connect(ctx, a, patience); err == nil || fleet.NobodyListens(err) || !fleet.Passing(err) {
			return q, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, err
}
