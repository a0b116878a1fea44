package page

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
)

// drawing is a plot over two axes that is written as SVG. Colours are classes
// of the page's style sheet, so that dark pages and print have their own.
type drawing struct {
	b             strings.Builder
	width, height float64 // of the picture
	x, y          axis
}

// axis maps values to px.
type axis struct {
	low, high float64
	from, to  float64
	label     string
}

func (a axis) at(v float64) float64 { return a.from + (a.to-a.from)*(v-a.low)/(a.high-a.low) }

func (a axis) holds(v float64) bool { return v >= a.low && v <= a.high }

// Room for numbers and labels about a plot, in px.
const roomLeft, roomRight, roomTop, roomFoot = 54.0, 10.0, 10.0, 40.0

// newDrawing is an empty plot; title says what it shows to those who can't see
// it.
func newDrawing(title string, width, height float64, x, y axis) *drawing {
	d := &drawing{width: width, height: height, x: x, y: y}
	d.x.from, d.x.to = roomLeft, width-roomRight
	d.y.from, d.y.to = height-roomFoot, roomTop
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" class="plot"><title>%s</title>`+"\n", width, height, html.EscapeString(title))
	d.axes()
	return d
}

func (d *drawing) text() string { return d.b.String() + "</svg>\n" }

// px writes a coordinate to a tenth of a px.
func px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// short writes a number on an axis without what rounding errors made.
func short(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6+0, 'f', -1, 64) }

// ticks are round values, at most so many.
func (a axis) ticks(most float64) []float64 {
	raw := (a.high - a.low) / most
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, factor := range []float64{2, 2.5, 2} { // 2, 5, 10
		if step >= raw {
			break
		}
		step *= factor
	}
	var all []float64
	for i := math.Ceil(a.low/step - 1e-9); i*step <= a.high+step*1e-9; i++ {
		all = append(all, i*step)
	}
	return all
}

func (d *drawing) axes() {
	for _, v := range d.x.ticks((d.x.to - d.x.from) / 80) {
		fmt.Fprintf(&d.b, `<path class="grid" d="M%s %sV%s"/><text x="%s" y="%s" text-anchor="middle">%s</text>`+"\n", px(d.x.at(v)), px(d.y.to), px(d.y.from), px(d.x.at(v)), px(d.y.from+15), short(v))
	}
	for _, v := range d.y.ticks((d.y.from - d.y.to) / 45) {
		fmt.Fprintf(&d.b, `<path class="grid" d="M%s %sH%s"/><text x="%s" y="%s" text-anchor="end">%s</text>`+"\n", px(d.x.from), px(d.y.at(v)), px(d.x.to), px(d.x.from-5), px(d.y.at(v)+4), short(v))
	}
	fmt.Fprintf(&d.b, `<text x="%s" y="%s" text-anchor="middle">%s</text>`+"\n", px((d.x.from+d.x.to)/2), px(d.height-8), html.EscapeString(d.x.label))
	fmt.Fprintf(&d.b, `<text transform="translate(13 %s) rotate(-90)" text-anchor="middle">%s</text>`+"\n", px((d.y.from+d.y.to)/2), html.EscapeString(d.y.label))
}

// dots draws what lies within the axes as one path of points, and returns how
// many do not.
func (d *drawing) dots(class string, xs, ys []float64, take func(i int) bool) (outside int) {
	fmt.Fprintf(&d.b, `<path class="%s" d="`, class)
	for i := range xs {
		switch {
		case !take(i):
		case d.x.holds(xs[i]) && d.y.holds(ys[i]):
			fmt.Fprintf(&d.b, "M%s %sh0", px(d.x.at(xs[i])), px(d.y.at(ys[i])))
		default:
			outside++
		}
	}
	d.b.WriteString("\"/>\n")
	return outside
}

// line joins points, holding each value until the next if stepped.
func (d *drawing) line(class string, xs, ys []float64, stepped bool) {
	fmt.Fprintf(&d.b, `<path class="%s" d="`, class)
	for i := range xs {
		switch {
		case i == 0:
			fmt.Fprintf(&d.b, "M%s %s", px(d.x.at(xs[i])), px(d.y.at(ys[i])))
		case stepped:
			fmt.Fprintf(&d.b, "H%sV%s", px(d.x.at(xs[i])), px(d.y.at(ys[i])))
		default:
			fmt.Fprintf(&d.b, "L%s %s", px(d.x.at(xs[i])), px(d.y.at(ys[i])))
		}
	}
	d.b.WriteString("\"/>\n")
}

// cross draws the intervals of a point.
func (d *drawing) cross(class string, x, y, left, right, low, high float64) {
	fmt.Fprintf(&d.b, `<path class="%s" d="M%s %sV%sM%s %sH%s"/>`+"\n", class, px(d.x.at(x)), px(d.y.at(max(low, d.y.low))), px(d.y.at(min(high, d.y.high))),
		px(d.x.at(max(left, d.x.low))), px(d.y.at(y)), px(d.x.at(min(right, d.x.high))))
}

// shapes of markers by where a latency comes from, about the origin; the class
// says whether they are filled.
var shapes = map[string]struct{ path, class string }{
	"measured":   {"M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z", "full"},
	"remeasured": {"M-3.2-3.2h6.4v6.4h-6.4z", "full"},
	"predicted":  {"M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z", "open"},
	"simulated":  {"M0-4.4L4 3H-4z", "open"},
	"published":  {"M0-4.8L4 0L0 4.8L-4 0z", "full"},
}

// marker draws the shape of a source.
func (d *drawing) marker(class, source string, x, y, size float64) {
	s, known := shapes[source]
	if !known {
		s = shapes["predicted"]
	}
	scale := ""
	if size != 1 {
		scale = fmt.Sprintf(" scale(%v)", size)
	}
	fmt.Fprintf(&d.b, `<path class="%s %s" transform="translate(%s %s)%s" d="%s"/>`+"\n", class, s.class, px(d.x.at(x)), px(d.y.at(y)), scale, s.path)
}

// labels are texts beside points, of which none covers another or a marker.
type labels struct {
	d     *drawing
	taken [][4]float64
}

// letter is about how wide one of a label is, in px.
const letter = 5.6

// keepOff keeps labels off a marker.
func (l *labels) keepOff(x, y float64) {
	const half = 4 // of a marker, in px
	cx, cy := l.d.x.at(x), l.d.y.at(y)
	l.taken = append(l.taken, [4]float64{cx - half, cy - half, cx + half, cy + half})
}

// sides of a marker where its label may stand, the best first: an offset in px,
// and which end of the text is there.
var sides = []struct {
	dx, dy float64
	anchor string
}{{7, 3.5, "start"}, {-7, 3.5, "end"}, {0, -8, "middle"}, {0, 15, "middle"}}

// put writes a label where there is room for it.
func (l *labels) put(class, text string, x, y float64) {
	cx, cy, width := l.d.x.at(x), l.d.y.at(y), letter*float64(len(text))
	for _, side := range sides {
		left := cx + side.dx - width*map[string]float64{"start": 0, "middle": 0.5, "end": 1}[side.anchor]
		box := [4]float64{left, cy + side.dy - 9, left + width, cy + side.dy + 2}
		if box[0] < l.d.x.from || box[2] > l.d.x.to || box[1] < l.d.y.to || box[3] > l.d.y.from || l.covered(box) {
			continue
		}
		l.taken = append(l.taken, box)
		fmt.Fprintf(&l.d.b, `<text class="%s" x="%s" y="%s" text-anchor="%s">%s</text>`+"\n", class, px(cx+side.dx), px(cy+side.dy), side.anchor, html.EscapeString(text))
		return
	}
}

func (l *labels) covered(box [4]float64) bool {
	return slices.ContainsFunc(l.taken, func(t [4]float64) bool {
		return box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1]
	})
}
