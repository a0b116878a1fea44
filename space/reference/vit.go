package reference

import (
	"errors"
	"fmt"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// vit is a plain Vision Transformer (arXiv 2010.11929) with 16x16 patches, a
// class token and learned positions.
type vit struct {
	depth, dim, heads int
}

// vits are ViT and DeiT (arXiv 2012.12877) in the sizes S and B, which share
// their structure and differ in their training.
func vits() []Network {
	const source = "timm 1.0 (parameters and MACs of deit_small_patch16_224, deit_base_patch16_224)"
	table := []struct {
		names        []string
		vit          vit
		params, macs int64
	}{
		{[]string{"ViT-S/16", "DeiT-S"}, vit{12, 384, 6}, 22_050_664, 4_598_882_304},
		{[]string{"ViT-B/16", "DeiT-B"}, vit{12, 768, 12}, 86_567_656, 17_563_828_224},
	}
	var all []Network
	for i, family := range []string{"ViT", "DeiT"} {
		for _, row := range table {
			all = append(all, Network{
				Name: row.names[i], Family: family, Definition: Public, NoPyramid: true, lower: row.vit.lower,
				Published: Published{Params: row.params, MACs: row.macs, Source: source},
				Rows:      []space.Stage{{Depth: row.vit.depth, Width: row.vit.dim, Block: space.Transformer, Mixed: row.vit.depth, R: 1, S: 1, K: 3}},
			})
		}
	}
	return all
}

func (v vit) lower(in space.Input) (*graph.Graph, error) {
	if in.Features {
		return nil, errors.New("a plain Vision Transformer has no feature pyramid: leave out --features")
	}
	var b graph.Builder
	x := b.Input("image", in.Shape())
	b.Stage = 4 // 1/16 of the resolution
	x = b.Add("embed", graph.Conv{Out: v.dim, Kernel: 16, Stride: 16, Bias: true}, x)
	x = layer.ToTokens(&b, "tokens", x)
	x = classToken(&b, x)
	x = positions(&b, x)
	for i := range v.depth {
		b.Scope(fmt.Sprintf("s4.b%d", i+1), func() {
			x = layer.Transformer{Heads: v.heads, Hidden: 4 * v.dim, FusedQKV: true, QKVBias: true, Eps: 1e-6}.Add(&b, x)
		})
	}
	return b.Graph(tokenHead(&b, x, 1e-6))
}

// classToken puts a learned token before the others.
func classToken(b *graph.Builder, x *graph.Node) *graph.Node {
	if x == nil {
		return nil
	}
	token := b.Add("cls", graph.Param{Shape: graph.Shape{1, 1, x.Shape[2]}})
	return b.Add("cls.concat", graph.Concat{Axis: 1}, token, x)
}

// positions adds a learned position embedding.
func positions(b *graph.Builder, x *graph.Node) *graph.Node {
	if x == nil {
		return nil
	}
	pos := b.Add("pos", graph.Param{Shape: graph.Shape{1, x.Shape[1], x.Shape[2]}})
	return b.Add("pos.add", graph.Add{}, x, pos)
}

// tokenHead normalises all tokens and classifies the class token.
func tokenHead(b *graph.Builder, x *graph.Node, eps float64) *graph.Node {
	x = b.Add("norm", graph.LayerNorm{Eps: eps}, x)
	if x == nil {
		return nil
	}
	b.Stage = 0
	var out *graph.Node
	b.As(graph.Head, func() {
		cls := b.Add("head.cls", graph.Slice{Axis: 1, Start: 0, End: 1}, x)
		cls = b.Add("head.flat", graph.Reshape{To: graph.Shape{x.Shape[2]}}, cls)
		out = b.Add("head.fc", graph.Linear{Out: space.Classes, Bias: true}, cls)
	})
	return out
}
