package space

import (
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/layer"
)

// MBConv is an inverted residual: 1x1 to four times the channels, a KxK
// depthwise convolution, and 1x1 back without an activation (MobileNetV2,
// arXiv 1801.04381, section 3.3; four times as in CoAtNet, arXiv 2106.04803,
// appendix A.1; ReLU, which TensorRT fuses into the convolution).
const MBConv Block = 5

var _ = register(MBConv, kind{name: "MBConv", letter: "I", kernel: true, add: Part.addMBConv})

func (p Part) addMBConv(b *graph.Builder, x *graph.Node, _ int) *graph.Node {
	return layer.InvertedResidual{Mid: 4 * p.width, Out: p.width, Kernel: p.k, Stride: p.stride, Act: graph.ReLU}.Add(b, x)
}
