package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/trtnas/trtnas/store"
)

var (
	kills     = flag.Int("kills", 6, "how often TestKill kills a search")
	killEvals = flag.Int("kill-evals", 4000, "evaluations of the search that TestKill kills")
)

const killRun = "trt-vit-10ms-seed1"

// A search that is killed by SIGKILL at random moments and resumed ends with
// the same front and the same generations as one that was left alone.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	begun := time.Now()
	if out, err := exec.Command("trtnas", searchArgs(whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(begun)
	want := state(t, whole)

	rng := rand.New(rand.NewSource(1))
	done := 0
	for round := 0; done < *kills; round++ {
		db := filepath.Join(dir, fmt.Sprintf("killed%d.db", round))
		n := killUntilFinished(t, db, took, *kills-done, rng)
		done += n
		if got := state(t, db); !bytes.Equal(got, want) {
			t.Fatalf("after %d kills front or generations differ:\n%.2000s\nundisturbed:\n%.2000s", n, got, want)
		}
		t.Logf("round %d: killed %d times, same front and generations", round, n)
	}
}

func searchArgs(db string) []string {
	return []string{"search", "--budget", "10ms", "--seed", "1", "--evals", fmt.Sprint(*killEvals), "--db", db}
}

// killUntilFinished kills the search up to n times, then lets it finish, and
// returns how often it was killed.
func killUntilFinished(t *testing.T, db string, took time.Duration, n int, rng *rand.Rand) int {
	t.Helper()
	killed := 0
	for {
		var out bytes.Buffer
		cmd := exec.Command("trtnas", nextArgs(t, db)...)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		finished := make(chan error, 1)
		go func() { finished <- cmd.Wait() }()
		var alarm <-chan time.Time
		if killed < n {
			alarm = time.After(time.Duration(rng.Float64() * float64(took) / 2))
		}
		select {
		case err := <-finished:
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			return killed
		case <-alarm:
			err := cmd.Process.Kill()
			if errors.Is(err, os.ErrProcessDone) { // it ended just before
				if err := <-finished; err != nil {
					t.Fatalf("%v\n%s", err, out.String())
				}
				return killed
			}
			if err != nil {
				t.Fatal(err)
			}
			<-finished
			killed++
		}
	}
}

// nextArgs resumes the run, or begins it if it was killed before it existed.
func nextArgs(t *testing.T, db string) []string {
	t.Helper()
	st, err := store.OpenReadOnly(db)
	if err != nil {
		return searchArgs(db)
	}
	defer st.Close()
	if _, err := st.Run(context.Background(), killRun); err != nil {
		return searchArgs(db)
	}
	return []string{"resume", killRun, "--db", db}
}

// state is all that must not depend on how often a run was killed.
func state(t *testing.T, db string) []byte {
	t.Helper()
	front, err := exec.Command("trtnas", "front", killRun, "--json", "--db", db).Output()
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx := context.Background()
	if err := st.Check(ctx); err != nil {
		t.Fatal(err)
	}
	run, err := st.Run(ctx, killRun)
	if err != nil {
		t.Fatal(err)
	}
	generations, err := st.Generations(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(generations)
	if err != nil {
		t.Fatal(err)
	}
	return append(front, text...)
}
