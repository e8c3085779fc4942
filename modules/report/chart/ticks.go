package chart

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// ticks are about n round values within the axis.
func (a Axis) ticks(n int) []float64 {
	switch {
	case len(a.Ticks) > 0:
		return a.apart(n)
	case a.Log:
		return decades(a.Min, a.Max, n)
	case a.Seconds:
		return multiples(a.Min, a.Max, clockStep((a.Max-a.Min)/float64(n)))
	default:
		return multiples(a.Min, a.Max, roundStep((a.Max-a.Min)/float64(n)))
	}
}

// apart are the axis' own ticks without those too near to the next higher one.
func (a Axis) apart(n int) []float64 {
	var out []float64
	next := math.Inf(1)
	for _, v := range slices.Backward(slices.Sorted(slices.Values(a.Ticks))) {
		if at := a.at(v); next-at >= 1/float64(3*n) {
			out, next = append(out, v), at
		}
	}
	slices.Reverse(out)
	return out
}

func multiples(lo, hi, step float64) []float64 {
	var out []float64
	first := math.Ceil(lo/step - 1e-9)
	for i := range 100 {
		v := (first+float64(i))*step + 0 // never minus zero
		if v > hi+step*1e-9 {
			break
		}
		if i == 0 || v > out[len(out)-1] { // a large number and one more may be the same
			out = append(out, v)
		}
	}
	return out
}

// roundStep is the smallest of 1, 2 and 5 times a power of ten that is not
// below the step.
func roundStep(step float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= step*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

var clockSteps = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 4 * 3600, 6 * 3600, 12 * 3600, 24 * 3600}

func clockStep(step float64) float64 {
	for _, s := range clockSteps {
		if s >= step {
			return s
		}
	}
	return roundStep(step/86400) * 86400
}

// decades are powers of ten, or 1, 2 and 5 times them where few fit.
func decades(lo, hi float64, n int) []float64 {
	multiples := []float64{1}
	if math.Log10(hi/lo) < float64(n)/2 {
		multiples = []float64{1, 2, 5}
	}
	var out []float64
	for e := math.Floor(math.Log10(lo)); e <= math.Log10(hi) && len(out) < 100; e++ {
		for _, m := range multiples {
			if v := m * math.Pow(10, e); v >= lo && v <= hi {
				out = append(out, v)
			}
		}
	}
	return out
}

func (a Axis) format(v float64) string {
	switch {
	case a.Format != nil:
		return a.Format(v)
	case a.Seconds:
		return Clock(v)
	default:
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
}

// Clock writes seconds as 0:05, 12:30 or 1:02:03.
func Clock(seconds float64) string {
	s := int(math.Round(seconds))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Percent writes 12.5 as "12.5%".
func Percent(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) + "%" }

// Millis writes milliseconds in the unit that suits them: "2.5 ms", "3 s".
func Millis(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v/1000, 'g', 3, 64) + " s"
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " ms"
}
