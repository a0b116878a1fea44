package accuracy

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
)

// What counts as trained alike has some 300 epochs by a source, and what has
// another number does not count.
func TestRecipes(t *testing.T) {
	f, err := os.Open("data/recipes.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	epochs := map[string]int{}
	for _, r := range records[1:] {
		if epochs[r[0]], err = strconv.Atoi(r[1]); err != nil || r[2] == "" {
			t.Errorf("%v: %v", r, err)
		}
	}
	for _, r := range Rows() {
		of, known := epochs[strings.SplitN(r.Name, ".", 2)[0]]
		if !known {
			of = epochs[r.Family]
		}
		if alike := of >= 280 && of <= 320; alike != (r.Recipe == r300) && (of > 0 || r.Recipe == r300) {
			t.Errorf("%s of recipe %s: %d epochs", r.Name, r.Recipe, of)
		}
	}
}
