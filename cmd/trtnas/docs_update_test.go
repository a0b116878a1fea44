package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// edit puts lines in place of what a page says that a command prints.
type edit struct {
	step  step
	lines []string
}

// refresh notes what a command prints now, if pages are to be written anew
// (-update), and reports whether it could.
func (p *guide) refresh(s step, output string) bool {
	lines := refreshed(s.output, strings.Split(strings.TrimRight(output, "\n"), "\n"))
	if !*update || !matches(lines, output) {
		return false
	}
	p.stale = append(p.stale, edit{s, lines})
	return true
}

// refreshed is the page's excerpt from what is printed now. Each run of lines between
// "..." has its old length, and begins where a line begins with the word that it began
// with; all is shown if that can't be found.
func refreshed(page, now []string) []string {
	var lines []string
	next := 0
	for i, run := range runs(page) {
		begin := next
		if i > 0 && len(run) > 0 {
			begin += slices.IndexFunc(now[next:], func(line string) bool { return firstWord(line) == firstWord(run[0]) })
		}
		end := begin + len(run)
		if begin < next || end > len(now) {
			return now
		}
		if i > 0 {
			lines = append(lines, "...")
		}
		for j, line := range now[begin:end] {
			if run[j] != "" && matches(run[j:j+1], line+"\n") { // it may leave out a part
				line = run[j]
			}
			lines = append(lines, line)
		}
		next = end
	}
	return lines
}

// runs are the lines between "...".
func runs(page []string) [][]string {
	all := [][]string{nil}
	for _, line := range page {
		if line == "..." {
			all = append(all, nil)
		} else {
			all[len(all)-1] = append(all[len(all)-1], line)
		}
	}
	return all
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return word
}

// mend writes the edits into the page's file, from its end on.
func (p *guide) mend(t *testing.T) {
	t.Helper()
	if len(p.stale) == 0 {
		return
	}
	lines := p.lines
	for _, e := range slices.Backward(p.stale) {
		begin := e.step.at + 1
		lines = slices.Concat(lines[:begin], e.lines, lines[begin+len(e.step.output):])
	}
	if err := os.WriteFile(p.file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRefreshed(t *testing.T) {
	now := []string{"a 2", "b 1", "c 3", "d 4"}
	tests := []struct{ name, page, want string }{
		{"whole", "a 1|b 1|c 1|d 1", "a 2|b 1|c 3|d 4"},
		{"head", "a 1|...", "a 2|..."},
		{"tail", "...|c 1|d 1", "...|c 3|d 4"},
		{"middle", "...|b 0|c 0|...", "...|b 1|c 3|..."},
		{"left out", "a ...|b 0|...", "a ...|b 1|..."},
		{"not found", "a 2|...|x 1", "a 2|b 1|c 3|d 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(refreshed(strings.Split(test.page, "|"), now), "|"); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
