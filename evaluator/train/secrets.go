package train

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// secrets are texts that must not get into messages, since those are shown and
// stored.
type secrets []string

// secretName is what environment variables that hold secrets are called.
var secretName = regexp.MustCompile(`(?i)key|token|secret|passw|credential|auth`)

// shortest is the length from which on a text is worth hiding; what is shorter
// stands in too many words.
const shortest = 6

// secrets are the program's arguments, but for names of files, and the values
// of variables that are called like secrets.
func (p Program) secrets() secrets {
	var all secrets
	add := func(value string) {
		if len(value) >= shortest {
			all = append(all, value)
		}
	}
	for _, arg := range p.Args {
		if _, err := os.Stat(arg); err == nil {
			continue
		}
		add(arg)
		if _, value, ok := strings.Cut(arg, "="); ok {
			add(value)
		}
	}
	for _, variable := range append(os.Environ(), p.Env...) {
		if name, value, _ := strings.Cut(variable, "="); secretName.MatchString(name) {
			add(value)
		}
	}
	// Long ones first, lest a part of one is left.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

func (s secrets) redact(text string) string {
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
