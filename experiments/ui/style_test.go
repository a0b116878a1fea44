package ui_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// Text has a contrast of 4.5 on what it stands on, and what is drawn has 3
// (WCAG 2.2, 1.4.3 and 1.4.11), in both themes.
func TestContrast(t *testing.T) {
	text, err := os.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{`:root \{`, `:root\[data-theme="dark"\] \{`} {
		block := regexp.MustCompile(theme + `[^}]*`).Find(text)
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--(\w+): (#[0-9a-f]{3,6});`).FindAllSubmatch(block, -1) {
			colours[string(m[1])] = string(m[2])
		}
		for _, below := range []string{"page", "panel"} {
			for name, least := range map[string]float64{
				"ink": 4.5, "muted": 4.5, "accent": 4.5, "reference": 4.5, "second": 4.5, "third": 4.5, "bad": 4.5, "dot": 3,
				"B": 4.5, "T": 4.5, "A": 4.5, "M": 4.5, "C": 4.5, "I": 4.5,
			} {
				if c := contrast(t, colours[name], colours[below]); c < least {
					t.Errorf("%s: %s %s on %s %s has a contrast of %.1f, want %.1f", theme, name, colours[name], below, colours[below], c, least)
				}
			}
		}
	}
}

// The seven cards of a run stand in one row of a window of 1080 px.
func TestCardsInOneRow(t *testing.T) {
	text, err := os.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	number := func(pattern string) float64 {
		m := regexp.MustCompile(pattern).FindSubmatch(text)
		if m == nil {
			t.Fatalf("no %s in the style sheet", pattern)
		}
		n, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const cards, window, rem = 7, 1080, 16 // px
	least := number(`\.cards \{[^}]*minmax\((\d+)px`)
	gap, padding := rem*number(`\.cards \{[^}]*gap: ([.\d]+)rem`), rem*number(`main \{[^}]*padding: ([.\d]+)rem`)
	if width := cards*least + (cards-1)*gap + 2*padding; width > window {
		t.Errorf("%d cards need %.0f px of %d", cards, width, window)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is WCAG's relative one of a colour such as #0063a3 or #fff.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if len(colour) == 4 {
		colour = fmt.Sprintf("#%c%c%c%c%c%c", colour[1], colour[1], colour[2], colour[2], colour[3], colour[3])
	}
	var r, g, b uint8
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &r, &g, &b); err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	linear := func(v uint8) float64 {
		c := float64(v) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
