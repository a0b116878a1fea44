package trtnas_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/trtnas/trtnas/space"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The space that README shows is one that users can copy.
func TestReadmeSpaceIsValid(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := yamlBlock.FindSubmatch(text)
	if block == nil {
		t.Fatal("README.md shows no space")
	}
	if _, err := space.Parse(block[1]); err != nil {
		t.Error(err)
	}
}
