package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/ui"
	"github.com/trtnas/trtnas/store"
)

// leastToken is as long as 80 random bits in base32.
const leastToken = 16

type uiFlags struct {
	addr, db, tokenFile string
}

func newUI() *cobra.Command {
	var f uiFlags
	c := &cobra.Command{
		Use: "ui", Short: "Show runs in the browser, also while they go on", Args: noArgs,
		Long: `Show the runs of a database in the browser: Pareto fronts with intervals,
hypervolume, architectures and where their time goes, failures, the device's
health. It only reads, and never blocks a search. On this machine's own address
it asks for nothing; on any other it asks for a token, which is made up and
printed unless --token-file gives one. What it sends is not encrypted: over an
untrusted network use an SSH tunnel.`,
		Example: "  trtnas ui\n  trtnas ui --addr 0.0.0.0:8686 --token-file ~/.trtnas-token",
		RunE:    func(c *cobra.Command, _ []string) error { return f.serve(c) },
	}
	c.Flags().StringVar(&f.addr, "addr", "127.0.0.1:8686", "address to serve on; port 0 is any that is free")
	c.Flags().StringVar(&f.tokenFile, "token-file", "", "file with the token to ask for")
	dbFlag(c, &f.db)
	return c
}

func (f *uiFlags) serve(c *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	token, err := f.token()
	if err != nil {
		return err
	}
	l, err := ui.Listen(c.Context(), f.addr, token)
	if errors.Is(err, ui.ErrToken) {
		token = rand.Text()
		l, err = ui.Listen(c.Context(), f.addr, token)
	}
	if err != nil {
		return usage(fmt.Errorf("--addr: %w", err))
	}
	query := ""
	if token != "" {
		query = "?token=" + token
	}
	fmt.Fprintf(c.ErrOrStderr(), "dashboard of %s at http://%s/%s (Ctrl-C ends it)\n", f.db, l.Addr(), query)
	d := ui.New(ui.Options{DB: f.db, Named: namedDB(f.db), Token: token})
	onInterrupt(c.Context(), "", "", nil) // it only reads, so there is nothing to finish
	go d.Prepare(c.Context())
	return ui.Serve(c.Context(), l, d)
}

// check refuses a file of something else; one that is not there yet may come.
func (f *uiFlags) check() error {
	st, err := store.OpenReadOnly(f.db)
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	return st.Close()
}

func (f *uiFlags) token() (string, error) {
	if f.tokenFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(f.tokenFile)
	if err != nil {
		return "", usage(fmt.Errorf("--token-file: %w", err))
	}
	token := strings.TrimSpace(string(text))
	if len(token) < leastToken {
		return "", usage(fmt.Errorf("--token-file: %s has fewer than %d characters, which can be guessed: write a longer token, or leave the flag out to have one made up", f.tokenFile, leastToken))
	}
	return token, nil
}

// namedDB is the database as command lines have to name it; empty for the
// default one.
func namedDB(db string) string {
	if db == defaultDB {
		return ""
	}
	return db
}
