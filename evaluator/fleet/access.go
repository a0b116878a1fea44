package fleet

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
)

// TokenVariable is the environment variable that holds the queue's token.
const TokenVariable = "TRTNAS_QUEUE_TOKEN"

// Access is where the queue is and what opens it. Beyond this machine it needs
// a token or a certificate.
type Access struct {
	URL string // such as nats://10.0.0.5:4222
	// Token is what TokenVariable or TokenFile holds. It is never written
	// anywhere.
	Token, TokenFile string
	// Cert and Key are this machine's certificate, and CA those that it trusts:
	// PEM files, all or none. Both ends show theirs.
	Cert, Key, CA string
}

// leastToken is as long as 80 random bits in base32.
const leastToken = 16

// Check says what makes the access unusable or unsafe.
func (a Access) Check() error {
	u, err := a.parse()
	if err != nil {
		return err
	}
	if n := count(a.Cert, a.Key, a.CA); n != 0 && n != 3 {
		return errors.New("a certificate needs its key and the CA that signed the other end's: give all three")
	}
	secret, err := a.secret()
	if err != nil {
		return err
	}
	if secret != "" && len(secret) < leastToken {
		return fmt.Errorf("token of the queue: %d characters, need at least %d: `openssl rand -hex 16` makes one", len(secret), leastToken)
	}
	if secret == "" && a.Cert == "" && !loopback(u.Hostname()) {
		return fmt.Errorf("queue %s is beyond this machine, where anyone could send jobs and results: set the environment variable %s or give a file with a token, or give TLS certificates, at both ends", a.URL, TokenVariable)
	}
	return nil
}

func (a Access) parse() (*url.URL, error) {
	u, err := url.Parse(a.URL)
	if err != nil {
		// The error's text would repeat the address, and a secret in it.
		return nil, errors.New("the queue's address is none: write such as nats://127.0.0.1:4222")
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("the queue's address holds a secret, which others on this machine could read off the command line: set the environment variable %s or give a file with the token instead", TokenVariable)
	case u.Scheme != "nats" && u.Scheme != "tls", u.Hostname() == "", u.Path != "" && u.Path != "/", u.RawQuery != "":
		return nil, fmt.Errorf("queue %q: write such as nats://127.0.0.1:4222", a.URL)
	}
	return u, nil
}

// secret is the token; empty is none.
func (a Access) secret() (string, error) {
	if a.TokenFile == "" {
		return a.Token, nil
	}
	text, err := os.ReadFile(a.TokenFile)
	if err != nil {
		return "", fmt.Errorf("token of the queue: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("token of the queue: %s is empty", a.TokenFile)
	}
	return token, nil
}

// TLS is the configuration of both ends; nil without certificates.
func (a Access) TLS() (*tls.Config, error) {
	if a.Cert == "" {
		return nil, nil
	}
	own, err := tls.LoadX509KeyPair(a.Cert, a.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the queue: %w", err)
	}
	pem, err := os.ReadFile(a.CA)
	if err != nil {
		return nil, fmt.Errorf("certificates that the queue trusts: %w", err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificates that the queue trusts: %s has none in PEM", a.CA)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own},
		RootCAs: trusted, ClientCAs: trusted, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}

// options are those of a connection.
func (a Access) options() ([]nats.Option, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	secret, err := a.secret()
	if err != nil {
		return nil, err
	}
	var all []nats.Option
	if secret != "" {
		all = append(all, nats.Token(secret))
	}
	config, err := a.TLS()
	if config != nil {
		all = append(all, nats.Secure(config))
	}
	return all, err
}

// Listen is what a server at the access's address needs: its host and port, and
// the token that it asks for.
func (a Access) Listen() (host, port, token string, err error) {
	if err := a.Check(); err != nil {
		return "", "", "", err
	}
	u, err := a.parse()
	if err != nil {
		return "", "", "", err
	}
	token, err = a.secret()
	port = u.Port()
	if port == "" {
		port = "4222" // NATS's own
	}
	return u.Hostname(), port, token, err
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func count(texts ...string) (n int) {
	for _, t := range texts {
		if t != "" {
			n++
		}
	}
	return n
}
