package reference

import "github.com/trtnas/trtnas/space/graph"

// poolformer is a PoolFormer (arXiv 2111.11418, table 1; timm's
// metaformer.py): a Transformer whose attention is 3x3 average pooling, in
// feature maps throughout.
type poolformer struct{ depths, dims []int }

func poolformers() []Network {
	const source = "timm 1.0 (parameters and MACs of poolformer_{s12,s24,s36,m36,m48})"
	small, medium := []int{64, 128, 320, 512}, []int{96, 192, 384, 768}
	table := []struct {
		name         string
		net          poolformer
		params, macs int64
	}{
		{"PoolFormer-S12", poolformer{[]int{2, 2, 6, 2}, small}, 11_915_176, 1_812_267_008},
		{"PoolFormer-S24", poolformer{[]int{4, 4, 12, 4}, small}, 21_388_968, 3_392_208_896},
		{"PoolFormer-S36", poolformer{[]int{6, 6, 18, 6}, small}, 30_862_760, 4_972_150_784},
		{"PoolFormer-M36", poolformer{[]int{6, 6, 18, 6}, medium}, 56_172_520, 8_758_788_096},
		{"PoolFormer-M48", poolformer{[]int{8, 8, 24, 8}, medium}, 73_473_448, 11_533_320_192},
	}
	var all []Network
	for _, row := range table {
		n := row.net
		all = append(all, Network{
			Name: row.name, Family: "PoolFormer", Definition: Public,
			lower:     staged{stages: 4, anySize: true, stage: n.stage, head: pooledHead(1e-6, 0)}.lower,
			Published: Published{Params: row.params, MACs: row.macs, Source: source},
			Rows:      convolutions(n.depths, n.dims, []int{3, 3, 3, 3}),
		})
	}
	return all
}

func (n poolformer) stage(b *graph.Builder, i int, x *graph.Node, _ bool) *graph.Node {
	dim := n.dims[i]
	embed := graph.Conv{Out: dim, Kernel: 3, Stride: 2, Pad: 1, Bias: true}
	if i == 0 {
		embed.Kernel, embed.Stride, embed.Pad = 7, 4, 2
	}
	x = b.Add("embed", embed, x)
	norm := graph.GroupNorm{Groups: 1, Eps: 1e-5}
	return blocks(b, x, n.depths[i], func(_ int, x *graph.Node) *graph.Node {
		x = poolMixer(b, x, b.Add("norm1", norm, x))
		y := b.Add("norm2", norm, x)
		y = b.Add("mlp.fc1", graph.Conv{Out: 4 * dim, Kernel: 1, Stride: 1, Bias: true}, y)
		y = b.Add("mlp.act", graph.Activation{Kind: graph.GELU}, y)
		y = b.Add("mlp.fc2", graph.Conv{Out: dim, Kernel: 1, Stride: 1, Bias: true}, y)
		return scaledAdd(b, "2", x, y)
	})
}

// poolMixer adds to x what 3x3 average pooling changes in y (arXiv 2111.11418,
// equation 4).
func poolMixer(b *graph.Builder, x, y *graph.Node) *graph.Node {
	pooled := b.Add("pool", graph.Pool{Kernel: 3, Stride: 1, Pad: 1, InsideOnly: true}, y)
	return scaledAdd(b, "1", x, b.Add("pool.sub", graph.Sub{}, pooled, y))
}

// scaledAdd adds a LayerScale of the map y to x.
func scaledAdd(b *graph.Builder, suffix string, x, y *graph.Node) *graph.Node {
	y = b.Add("scale"+suffix, graph.LayerScale{Axis: 1}, y)
	return b.Add("add"+suffix, graph.Add{}, x, y)
}
