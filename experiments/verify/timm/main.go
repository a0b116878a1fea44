// Command timm compares timm's own ONNX exports, as the reader understands
// them, with our graphs of the same networks: parameters, MACs, and the latency
// that the T4's model predicts. It writes README.md in its own folder:
//
//	make verify-timm
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/trtnas/trtnas/experiments/verify/peers"
	"github.com/trtnas/trtnas/space/reference"
)

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python that has experiments/verify/requirements.txt installed")
	flag.StringVar(&o.folder, "folder", "experiments/verify/timm", "where export.py is, and README.md goes")
	flag.StringVar(&o.only, "only", "", "only the network of this name, with all kernels that differ; writes nothing")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "timm:", err)
		os.Exit(1)
	}
}

type options struct{ python, folder, only string }

func run(ctx context.Context, o options) (err error) {
	c, err := newComparer(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		if e := c.close(); err == nil {
			err = e
		}
	}()
	page := Page{Date: time.Now().Format(time.DateOnly), Profile: c.profile}
	if page.Versions, err = versions(ctx, o.python); err != nil {
		return err
	}
	failed := 0
	for _, n := range reference.All() {
		peer, has := peers.Timm[n.Name]
		if !has || o.only != "" && n.Name != o.only {
			continue
		}
		r := c.compare(n, peer)
		fmt.Println(r.line())
		if o.only != "" {
			fmt.Print(r.listing())
		}
		if r.Error != "" {
			failed++
		}
		page.Rows = append(page.Rows, r)
	}
	if o.only == "" {
		if err := page.write(o.folder); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d networks failed", failed, len(page.Rows))
	}
	return nil
}
