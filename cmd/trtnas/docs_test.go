package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// readmeRun is the run that README.md makes. A page that uses it goes on in
// README.md's folder.
const readmeRun = "trt-vit-10ms-seed0"

// TestDocs does what README.md and the pages in docs tell their reader to, in
// the order in which it stands there, in an empty folder for each page:
//
//   - A command of trtnas in a fenced block is run by the shell. It must
//     succeed, unless the page shows its error.
//   - In a block of language "console" commands stand behind "$ ", and what follows
//     is what they print; "..." stands for any text, or for any lines.
//   - A block of language "sql" is a query of ./trtnas.db that has an answer.
//   - A space in a block of language "yaml" is saved as NAME.yaml.
//   - A command with a comment such as "# needs a GPU" or "# takes an hour", and one
//     that serves until it is interrupted, is not run. Its flags and arguments are
//     checked like those of the commands in running text.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	start := t.TempDir()
	readme := sync.OnceValue(func() string {
		newGuide(t, "../../README.md", start).follow(t)
		return start
	})
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		readme()
	})
	for _, file := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".md"), func(t *testing.T) {
			t.Parallel()
			p := newGuide(t, file, t.TempDir())
			if p.uses(readmeRun) {
				p.dir = readme()
			}
			p.follow(t)
		})
	}
}

// guide is a page of the documentation, and the folder in which its commands are
// run.
type guide struct {
	file, dir string
	lines     []string
	steps     []step
	mentions  []string // command lines in running text, without "trtnas"
	stale     []edit
}

// step is something that the reader is told to do.
type step struct {
	at     int // index of its first line
	kind   stepKind
	text   string   // the command, the query or the file
	output []string // lines that the command prints; none is anything
}

type stepKind int

const (
	command stepKind = iota
	query
	spaceFile
)

var (
	fence     = regexp.MustCompile("^\\s*```\\s*(\\w*)")
	ours      = regexp.MustCompile(`^(?:go run \./cmd/)?trtnas `)
	notRun    = regexp.MustCompile(`#.*\b(needs|takes) `)
	serves    = regexp.MustCompile(`^trtnas (ui|worker)( |$)`)
	mention   = regexp.MustCompile("`trtnas ([^`]+)`")
	spaceName = regexp.MustCompile(`(?m)^name: (\w+)`)
)

func newGuide(t *testing.T, file, dir string) *guide {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &guide{file: file, dir: dir, lines: strings.Split(string(text), "\n")}
	language, begin := "", 0 // of the block; 0 is outside of one
	for i, line := range p.lines {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && begin == 0:
			language, begin = m[1], i+1
		case m != nil:
			p.block(language, p.lines[begin:i], begin)
			begin = 0
		case begin == 0:
			for _, m := range mention.FindAllStringSubmatch(line, -1) {
				p.mentions = append(p.mentions, m[1])
			}
		}
	}
	if begin > 0 {
		t.Fatalf("%s:%d: a block that does not end", file, begin)
	}
	return p
}

// block adds what a fenced block says, whose first line has index at.
func (p *guide) block(language string, block []string, at int) {
	whole := strings.Join(block, "\n") + "\n"
	switch language {
	case "sql":
		p.steps = append(p.steps, step{at: at, kind: query, text: whole})
	case "yaml":
		p.steps = append(p.steps, step{at: at, kind: spaceFile, text: whole})
	case "console":
		for i, line := range block {
			if text, ok := strings.CutPrefix(line, "$ "); ok {
				p.command(text, at+i)
			} else if n := len(p.steps); n > 0 {
				p.steps[n-1].output = append(p.steps[n-1].output, line)
			}
		}
	case "", "sh":
		for i, line := range block {
			if ours.MatchString(line) {
				p.command(line, at+i)
			}
		}
	}
}

func (p *guide) command(text string, at int) {
	text = ours.ReplaceAllString(text, "trtnas ")
	p.steps = append(p.steps, step{at: at, kind: command, text: text})
}

// fails reports whether the page shows an error of trtnas.
func (s step) fails() bool {
	return slices.ContainsFunc(s.output, func(line string) bool {
		return strings.HasPrefix(line, "trtnas: ") || strings.HasPrefix(line, `{"schema":"trtnas.error/`)
	})
}

func (p *guide) uses(run string) bool {
	for _, s := range p.steps {
		if strings.Contains(s.text, run) {
			return true
		}
	}
	return false
}

// follow does what the page says. A step that fails makes the next ones
// pointless.
func (p *guide) follow(t *testing.T) {
	t.Helper()
	for _, m := range p.mentions {
		checkMention(t, p.file, m)
	}
	defer p.mend(t)
	for _, s := range p.steps {
		switch s.kind {
		case query:
			p.query(t, s)
		case spaceFile:
			p.save(t, s)
		case command:
			p.run(t, s)
		}
		if t.Failed() {
			return
		}
	}
}

// save keeps a space as the file that the page calls it; other YAML is none.
func (p *guide) save(t *testing.T, s step) {
	t.Helper()
	name := spaceName.FindStringSubmatch(s.text)
	if name == nil || !strings.Contains(s.text, "schema: trtnas.space/") {
		return
	}
	if err := os.WriteFile(filepath.Join(p.dir, name[1]+".yaml"), []byte(s.text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Longer than any command of the pages takes on a busy machine.
const longestCommand = 5 * time.Minute

func (p *guide) run(t *testing.T, s step) {
	t.Helper()
	if notRun.MatchString(s.text) || serves.MatchString(s.text) {
		t.Logf("not run: %s:%d: %s", filepath.Base(p.file), s.at+1, s.text)
		checkLine(t, p.file, s)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), longestCommand)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", s.text)
	c.Dir = p.dir
	c.Env = append(os.Environ(), "HOME="+p.dir, "XDG_CACHE_HOME="+p.dir)
	out, err := c.CombinedOutput()
	if (err != nil) != s.fails() {
		t.Errorf("%s:%d: %s: %v; if a reader needs something for it, say so behind it (# needs ...)\n%s", p.file, s.at+1, s.text, err, out)
		return
	}
	if !matches(s.output, string(out)) && !p.refresh(s, string(out)) {
		t.Errorf("%s:%d: %s prints\n%s\nand the page says\n%s", p.file, s.at+1, s.text, out, strings.Join(s.output, "\n"))
	}
}

// matches compares output with the lines of a page. Spaces at the ends of lines
// and empty lines at the end don't count.
func matches(page []string, output string) bool {
	for len(page) > 0 && page[len(page)-1] == "" {
		page = page[:len(page)-1]
	}
	if len(page) == 0 {
		return true
	}
	var pattern strings.Builder
	for _, line := range page {
		if line == "..." {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		line = strings.ReplaceAll(regexp.QuoteMeta(strings.TrimRight(line, " ")), `\.\.\.`, `.*`)
		pattern.WriteString(line + ` *\n`)
	}
	return regexp.MustCompile(`^` + pattern.String() + `\n*$`).MatchString(output)
}

func TestMatches(t *testing.T) {
	const output = "a 1  \nb 2\nc 3\n\n"
	tests := []struct {
		page []string
		want bool
	}{
		{nil, true},
		{[]string{"a 1", "b 2", "c 3"}, true},
		{[]string{"a 1", "b 2"}, false},
		{[]string{"a 1", "..."}, true},
		{[]string{"...", "c 3"}, true},
		{[]string{"...", "b ...", "..."}, true},
		{[]string{"...", "d ...", "..."}, false},
		{[]string{"a 1", "...", "b 2", "c 3"}, true},
		{[]string{"a 1", "c 3"}, false},
	}
	for _, test := range tests {
		if got := matches(test.page, output); got != test.want {
			t.Errorf("%q: %v, want %v", test.page, got, test.want)
		}
	}
}
