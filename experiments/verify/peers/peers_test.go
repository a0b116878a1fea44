package peers

import (
	"testing"

	"github.com/trtnas/trtnas/space/reference"
)

func TestPeersArePublishedNetworks(t *testing.T) {
	theirs := map[string]string{}
	for ours, name := range Timm {
		n, err := reference.Find(ours)
		if err != nil {
			t.Error(err)
		} else if n.Name != ours {
			t.Errorf("%s is called %s", ours, n.Name)
		}
		if other, twice := theirs[name]; twice {
			t.Errorf("%s and %s are both %s", ours, other, name)
		}
		theirs[name] = ours
	}
}
