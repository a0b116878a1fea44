package fleet_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/fleet/embed"
	"github.com/trtnas/trtnas/trt"
)

// stranger is a connection of somebody else.
func (b *bench) stranger() jetstream.JetStream {
	b.t.Helper()
	c, err := nats.Connect(b.server.Access.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	js, err := jetstream.New(c)
	if err != nil {
		b.t.Fatal(err)
	}
	return js
}

// A server that ends and comes again at its address, with its files, loses
// nothing.
func TestServerRestarts(t *testing.T) {
	b := newBench(t)
	folder := t.TempDir()
	first, err := embed.Start(fleet.Access{URL: "nats://127.0.0.1:0"}, folder)
	if err != nil {
		t.Fatal(err)
	}
	b.server = first
	var begun atomic.Int32
	b.worker("a", gpu{name: "T4", begun: &begun, wait: sleeping(100 * time.Millisecond)})
	b.worker("b", gpu{name: "T4", begun: &begun, wait: sleeping(100 * time.Millisecond)})
	f := b.fleet(1)
	restarted := make(chan error, 1)
	go func() {
		time.Sleep(250 * time.Millisecond)
		err := first.Close()
		time.Sleep(250 * time.Millisecond)
		second, startErr := embed.Start(first.Access, folder)
		if startErr == nil {
			t.Cleanup(func() { second.Close() })
		}
		restarted <- errors.Join(err, startErr)
	}()
	all := archs(t, 12)
	results, err := f.Evaluate(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-restarted; err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	// What was under way when the server went may be measured again by the other.
	if n := int(begun.Load()); n > len(all)+2 {
		t.Errorf("%d measurements of %d networks", n, len(all))
	}
}

// An outcome that comes again, late and with other figures, changes nothing.
func TestDuplicates(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	all := archs(t, 4)
	b.worker("w", gpu{name: "T4", begun: &begun})
	if _, err := b.fleet(1).Evaluate(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	js := b.stranger()
	s, err := js.Stream(t.Context(), "TRTNAS_OUTCOMES")
	if err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(len(all)) {
		m, err := s.GetMsg(t.Context(), seq+1)
		if err != nil {
			t.Fatal(err)
		}
		late := strings.Replace(string(m.Data), `"median":{"value_ns":`, `"median":{"value_ns":1`, 1)
		if late == string(m.Data) {
			t.Fatal("nothing was changed")
		}
		again := &nats.Msg{Subject: m.Subject, Data: []byte(late), Header: m.Header}
		if _, err := js.PublishMsg(t.Context(), again); err == nil {
			t.Error("a second outcome was stored")
		}
	}
	results, err := b.fleet(1).Evaluate(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	if n := int(begun.Load()); n != len(all) {
		t.Errorf("%d measurements of %d networks", n, len(all))
	}
}

// A worker that finds an outcome leaves the network alone.
func TestJobsThatAreDone(t *testing.T) {
	b := newBench(t)
	var begun atomic.Int32
	all := archs(t, 2)
	b.worker("w", gpu{name: "T4", begun: &begun})
	js := b.stranger()
	jobs := make(chan *nats.Msg, 10)
	c, err := nats.Connect(b.server.Access.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := c.ChanSubscribe("trtnas.job.>", jobs); err != nil {
		t.Fatal(err)
	}
	if _, err := b.fleet(1).Evaluate(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for range all {
		m := <-jobs
		if _, err := js.Publish(t.Context(), m.Subject, m.Data); err != nil {
			t.Fatal(err)
		}
	}
	drained(t, js)
	if n := int(begun.Load()); n != len(all) {
		t.Errorf("%d measurements of %d networks", n, len(all))
	}
}

// drained waits until no job is left.
func drained(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	s, err := js.Stream(t.Context(), "TRTNAS_JOBS")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		info, err := s.Info(t.Context())
		return err == nil && info.State.Msgs == 0
	})
}

// What is no job is refused, and the worker goes on.
func TestNonsenseIsRefused(t *testing.T) {
	b := newBench(t)
	b.worker("w", gpu{name: "T4"})
	f := b.fleet(1)
	js := b.stranger()
	key := fleet.FingerprintOf(f.Conditions()).Key()
	for _, data := range []string{"", "{}", `{"schema":"trtnas.job/1","command":"rm -rf /"}`, strings.Repeat("[", 10_000)} {
		if _, err := js.Publish(t.Context(), "trtnas.job."+key+".c.1.id", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.Publish(t.Context(), "trtnas.job."+key+".c.1.id", make([]byte, 1<<19)); err == nil {
		t.Error("a job of half a megabyte was taken")
	}
	all := archs(t, 2)
	results, err := f.Evaluate(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	check(t, all, results, 1)
	drained(t, js)
}

// A network that no worker survives is given up as its own failure.
func TestGivenUp(t *testing.T) {
	b := newBench(t)
	_, stop := b.worker("w", gpu{name: "T4"})
	f := b.fleet(1)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	js := b.stranger()
	go func() { // as workers that die at once
		s, err := js.Stream(t.Context(), "TRTNAS_JOBS")
		if err != nil {
			return
		}
		c, err := s.Consumer(t.Context(), "trtnas-"+fleet.FingerprintOf(f.Conditions()).Key())
		if err != nil {
			return
		}
		for range 19 {
			if m, err := c.Next(); err == nil {
				m.Nak()
			}
		}
		b.worker("living", gpu{name: "T4"})
	}()
	results, err := f.Evaluate(t.Context(), archs(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Failure == nil || r.Failure.Class != trt.Crash || !strings.Contains(r.Failure.Message, "19 workers took it") {
		t.Errorf("%+v", r)
	}
}

// Without its token nobody gets in, and with another one neither.
func TestToken(t *testing.T) {
	const token = "0123456789abcdef"
	s, err := embed.Start(fleet.Access{URL: "nats://127.0.0.1:0", Token: token}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for given, ok := range map[string]bool{token: true, "": false, "fedcba9876543210": false} {
		q, err := fleet.Connect(t.Context(), fleet.Access{URL: s.Access.URL, Token: given}, patience)
		if (err == nil) != ok {
			t.Errorf("token %q: %v", given, err)
		}
		if err == nil {
			q.Close()
		} else if strings.Contains(err.Error(), token) {
			t.Errorf("the error tells the token: %v", err)
		}
	}
}

// certify writes a certificate for localhost, its key and the CA's certificate.
func certify(t *testing.T, folder string) fleet.Access {
	t.Helper()
	now := time.Now()
	caKey, caTemplate := newKey(t), &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, template := newKey(t), &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	sign := func(of, by *x509.Certificate, pub *ecdsa.PublicKey, priv *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, of, by, pub, priv)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a := fleet.Access{URL: "nats://127.0.0.1:0"}
	for _, f := range []struct {
		to         *string
		kind, name string
		der        []byte
	}{
		{&a.CA, "CERTIFICATE", "ca.pem", sign(caTemplate, caTemplate, &caKey.PublicKey, caKey)},
		{&a.Cert, "CERTIFICATE", "cert.pem", sign(template, caTemplate, &key.PublicKey, caKey)},
		{&a.Key, "EC PRIVATE KEY", "key.pem", keyDER},
	} {
		*f.to = filepath.Join(folder, f.name)
		if err := os.WriteFile(*f.to, pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Certificates of another authority open nothing, and none at all neither.
func TestCertificates(t *testing.T) {
	ours, theirs := certify(t, t.TempDir()), certify(t, t.TempDir())
	s, err := embed.Start(ours, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	theirs.URL = s.Access.URL
	for name, test := range map[string]struct {
		a  fleet.Access
		ok bool
	}{"ours": {s.Access, true}, "theirs": {theirs, false}, "none": {fleet.Access{URL: s.Access.URL}, false}} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		q, err := fleet.Connect(ctx, test.a, patience)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			q.Close()
		}
		cancel()
	}
}

func TestAccess(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, test := range map[string]struct {
		a    fleet.Access
		says string // empty is accepted
	}{
		"this machine":        {fleet.Access{URL: "nats://127.0.0.1:4222"}, ""},
		"this machine, IPv6":  {fleet.Access{URL: "nats://[::1]:4222"}, ""},
		"beyond":              {fleet.Access{URL: "nats://10.0.0.5:4222"}, "beyond this machine"},
		"all interfaces":      {fleet.Access{URL: "nats://0.0.0.0:4222"}, "beyond this machine"},
		"beyond, token":       {fleet.Access{URL: "nats://10.0.0.5:4222", Token: "0123456789abcdef"}, ""},
		"beyond, short":       {fleet.Access{URL: "nats://10.0.0.5:4222", Token: "secret"}, "6 characters, need at least 16"},
		"beyond, token file":  {fleet.Access{URL: "nats://10.0.0.5:4222", TokenFile: write("token", "0123456789abcdef\n")}, ""},
		"empty token file":    {fleet.Access{URL: "nats://10.0.0.5:4222", TokenFile: write("empty", "\n")}, "is empty"},
		"no token file":       {fleet.Access{URL: "nats://10.0.0.5:4222", TokenFile: filepath.Join(folder, "no")}, "no such file"},
		"token in address":    {fleet.Access{URL: "nats://0123456789abcdef@10.0.0.5:4222"}, "off the command line"},
		"unreadable address":  {fleet.Access{URL: "nats://0123456789abcdef@10.0.0.5:4222\x7f"}, "the queue's address is none"},
		"another protocol":    {fleet.Access{URL: "http://127.0.0.1"}, "write such as nats://"},
		"certificate, no key": {fleet.Access{URL: "nats://10.0.0.5", Cert: "c.pem"}, "give all three"},
	} {
		err := test.a.Check()
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
		if err != nil && strings.Contains(err.Error(), "0123456789abcdef") {
			t.Errorf("%s: the error tells the token: %v", name, err)
		}
	}
}

// One folder has one server.
func TestFolderIsTaken(t *testing.T) {
	folder := t.TempDir()
	s, err := embed.Start(fleet.Access{URL: "nats://127.0.0.1:0"}, folder)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := embed.Start(fleet.Access{URL: "nats://127.0.0.1:0"}, folder); err == nil || !strings.Contains(err.Error(), "another queue keeps its files") {
		t.Errorf("a second server: %v, %v", other, err)
	}
	if _, err := embed.Start(s.Access, t.TempDir()); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("a second listener: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := embed.Start(s.Access, folder)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
