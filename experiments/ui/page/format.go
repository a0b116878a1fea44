package page

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/trtnas/trtnas/experiments/report"
)

// functions of the templates.
var functions = template.FuncMap{
	"ms": ms, "percent": percent, "share": share, "level": level, "estimate": estimate, "count": count, "parameters": parameters, "energy": energy,
	"conditions": report.Conditions, "date": date, "ahead": ahead, "faster": faster, "repeat": repeat,
	"last": last[float64], "hours": hours, "width": width,
}

// ms keeps what is resolved: three digits after the point below 1 ms.
func ms(v float64) string {
	if v < 1 {
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func percent(v float64) string { return fmt.Sprintf("%.2f", v) }

func share(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

func level(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

func bounds(low, high float64, write func(float64) string) string {
	return "[" + write(low) + ", " + write(high) + "]"
}

// estimate writes a figure with its interval and its source.
func estimate(e *report.Estimate, unit string) string {
	write := ms
	if unit == "%" {
		write = percent
	}
	text := fmt.Sprintf("%s %s, %s %s, %s", write(e.Value), unit, level(e.Level), bounds(e.Low, e.High, write), e.Source)
	if e.Extrapolated {
		text += ", extrapolated"
	}
	return text
}

// count groups a number's digits by thousands.
func count(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func parameters(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%.0f K", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f M", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f G", float64(n)/1e9)
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// ahead is how far the front is ahead of a published network in accuracy,
// faster in latency.
func ahead(g *report.Gap) string {
	if g == nil || g.Points == nil {
		return ""
	}
	return fmt.Sprintf("%+.2f points", *g.Points)
}

func faster(g *report.Gap) string {
	if g == nil || g.Percent == nil {
		return ""
	}
	return fmt.Sprintf("%+.0f %% ms", -*g.Percent)
}

func repeat(n int) []struct{} { return make([]struct{}, n) }

func last[T any](values []T) T {
	var none T
	if len(values) == 0 {
		return none
	}
	return values[len(values)-1]
}

func hours(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d < 2*time.Hour {
		return fmt.Sprintf("%.0f minutes", d.Minutes())
	}
	return fmt.Sprintf("%.1f hours", d.Hours())
}

// width is a share in per cent of a bar's place.
func width(share float64) float64 { return math.Round(1000*share) / 10 }

// energy is what an image takes by the GPU's own readings, where it tells them.
func energy(e *report.Engine) string {
	if e == nil || e.EnergyJ == 0 {
		return ""
	}
	return fmt.Sprintf(", %.3g mJ for an image", 1e3*e.EnergyJ)
}
