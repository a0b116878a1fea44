package main

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// proxy stands between workers and server, and treats what goes through it ill.
type proxy struct {
	listener net.Listener
	target   string
	delay    atomic.Int64 // of each piece, in ns

	mu    sync.Mutex
	links map[*link]bool
}

// link is a connection through the proxy.
type link struct {
	near, far net.Conn
	silent    atomic.Bool // nothing goes through any more, and nobody is told
}

func newProxy(target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, target: strings.TrimPrefix(target, "nats://"), links: map[*link]bool{}}
	go p.serve()
	return p, nil
}

func (p *proxy) serve() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			near.Close()
			continue
		}
		l := &link{near: near, far: far}
		p.mu.Lock()
		p.links[l] = true
		p.mu.Unlock()
		go p.carry(l, near, far)
		go p.carry(l, far, near)
	}
}

// carry hands on what comes, piece by piece.
func (p *proxy) carry(l *link, to io.Writer, from io.Reader) {
	defer p.cut(l)
	piece := make([]byte, 4<<10)
	for {
		n, err := from.Read(piece)
		time.Sleep(time.Duration(p.delay.Load()))
		if n > 0 && !l.silent.Load() {
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) cut(l *link) {
	l.near.Close()
	l.far.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (p *proxy) each(do func(*link)) {
	p.mu.Lock()
	var all []*link
	for l := range p.links {
		all = append(all, l)
	}
	p.mu.Unlock()
	for _, l := range all {
		do(l)
	}
}

// mostDelay of a piece.
const mostDelay = 100 * time.Millisecond

// network has all workers reach the server through a proxy.
func network(ctx context.Context, l *lab, times int) (tally, error) {
	var p *proxy
	t, err := l.rounds(ctx, times, 2*betweenKills, func() (*crew, error) {
		if p != nil {
			p.listener.Close()
		}
		return l.newCrew(true, func(queue string) (_ string, err error) {
			if p, err = newProxy(queue); err != nil {
				return "", err
			}
			return "nats://" + p.listener.Addr().String(), nil
		})
	}, func(_ context.Context, c *crew) error {
		switch c.lab.rng.Intn(3) {
		case 0:
			p.delay.Store(c.lab.rng.Int63n(int64(mostDelay)))
		case 1:
			p.each(p.cut)
		case 2:
			p.each(func(l *link) { l.silent.Store(true) })
		}
		return nil
	})
	if p != nil {
		p.listener.Close()
	}
	return t, err
}
