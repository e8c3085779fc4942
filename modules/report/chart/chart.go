// Package chart draws line charts as SVG that can stand inside a page or alone:
// no script, no font and no address in it, and colours by CSS class, so that a
// page's dark and light schemes reach into the drawing. The libraries at hand
// fix colours and fonts while they draw, or need a script.
package chart

import "math"

// Chart is some series over one x axis.
type Chart struct {
	// Title is read out to those who cannot see the drawing.
	Title  string
	X, Y   Axis
	Series []Series
	// Marks are moments on the x axis, in order.
	Marks []Mark
	// Limits are values on the y axis that mean something.
	Limits []Limit
}

// Series is one line of points in the order of X. A NaN in Y breaks the line.
type Series struct {
	Name  string
	Tone  Tone
	Style Style
	X, Y  []float64
}

// Tone is the meaning that a colour carries; CSS gives it its colour.
type Tone string

// The tones.
const (
	Stable    Tone = "stable"
	Candidate Tone = "candidate"
	Good      Tone = "good"
	Bad       Tone = "bad"
	Quiet     Tone = "quiet"
)

// Style is how a series is drawn.
type Style int

// The styles.
const (
	Line   Style = iota
	Dashed       // a line of lesser weight
	Stairs       // a value holds until the next point
	Area         // a line with its surface down to the axis
)

// Mark is a moment worth a vertical line; without a Label it has none.
type Mark struct {
	X     float64
	Label string
}

// Limit is a horizontal line, such as a gate's.
type Limit struct {
	Y     float64
	Label string
	Tone  Tone
}

// Axis is one direction of a chart.
type Axis struct {
	// Min and Max are the ends; when they are equal, the data decides.
	Min, Max float64
	// Log spaces powers of ten equally; the data must be above zero.
	Log bool
	// Root spaces values by their square roots, so that a small share can be told
	// from none beside a large one; Min must be 0.
	Root bool
	// Ticks are the values that are named beside the axis; without any, round ones.
	Ticks []float64
	// Format writes a value beside the axis; nil writes up to six digits.
	Format func(float64) string
	// Seconds puts ticks where a clock has them.
	Seconds bool
}

// fitted is the axis with its ends taken from the values where it has none.
func (a Axis) fitted(values []float64) Axis {
	if a.Min == a.Max {
		a.Min, a.Max = math.Inf(1), math.Inf(-1)
		for _, v := range values {
			if usable(v) && !(a.Log && v <= 0) {
				a.Min, a.Max = min(a.Min, v), max(a.Max, v)
			}
		}
		a = a.padded()
	}
	return a
}

// padded gives ends found in the data some air, and zero where it is near.
func (a Axis) padded() Axis {
	switch {
	case math.IsInf(a.Min, 1): // no data
		a.Min, a.Max = 0, 1
		if a.Log {
			a.Min, a.Max = 1, 10
		}
	case a.Log:
		a.Min, a.Max = a.Min/1.3, a.Max*1.3
	case a.Seconds:
	default:
		if a.Min > 0 && a.Min < .7*a.Max {
			a.Min = 0
		}
		a.Max += .06 * (a.Max - a.Min)
	}
	if a.Max-a.Min < least {
		a.Max = a.Min + max(1, math.Abs(a.Min)/100) // a large number and one more are the same
	}
	return a
}

// at is a value's place on the axis, 0 to 1; values beyond the ends stay at them.
func (a Axis) at(v float64) float64 {
	lo, hi := a.Min, a.Max
	if a.Log {
		lo, hi, v = math.Log(lo), math.Log(hi), math.Log(max(v, a.Min))
	}
	at := min(max((v-lo)/(hi-lo), 0), 1)
	if a.Root {
		at = math.Sqrt(at)
	}
	return at
}

// most is the largest number that is drawn: beyond it the room around a value,
// or the distance between two, may be more than a float64 holds.
const most = 1e300

// least is the smallest distance that still can be divided.
const least = 1 / most

// usable is false for what breaks a line: NaN, infinity and what is as good as that.
func usable(v float64) bool { return math.Abs(v) <= most }
