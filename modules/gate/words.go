package gate

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// count writes 11020 as "11,020".
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes "1 request", "2 requests".
func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// looks is plural for numbers too small for thousands.
func looks(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// percent writes a share with as many digits as it takes to tell it from zero.
func percent(share float64) string {
	p := share * 100
	digits := 1
	for q := math.Abs(p); q > 0 && q < 1 && digits < 4; q *= 10 {
		digits++
	}
	return trimZeros(strconv.FormatFloat(p, 'f', digits, 64)) + "%"
}

// number writes a float without needless digits.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// quantileName writes .99 as "p99".
func quantileName(q float64) string { return "p" + strconv.FormatFloat(q*100, 'g', 6, 64) }

// duration writes a latency or an age with a space before its unit.
func duration(d time.Duration) string {
	switch {
	case d >= time.Minute && d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + " min"
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return trimZeros(strconv.FormatFloat(d.Seconds(), 'f', 2, 64)) + " s"
	default:
		return trimZeros(strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64)) + " ms"
	}
}

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// about writes an amount still needed, rounded up to two significant digits.
func about(v float64, noun string) string {
	v = min(v, 1e18)
	unit := twoDigits(v)
	return plural(uint64(math.Ceil(v/unit-1e-9)*unit), noun)
}

// oneIn writes how unlikely something is, the number rounded down to two
// significant digits: "1 in 40,000". Beyond a
// million nobody should believe the model any more.
func oneIn(v float64) string {
	v = min(v, 1e6)
	unit := twoDigits(v)
	return "1 in " + count(uint64(math.Floor(v/unit+1e-9)*unit))
}

// twoDigits is the unit of a number's second significant digit, at least 1.
func twoDigits(v float64) float64 {
	return math.Pow(10, max(math.Floor(math.Log10(max(v, 1)))-1, 0))
}

// odds writes how unlikely a deviation is that has gained this e-value.
func odds(logE float64) string { return "odds of this by chance below " + oneIn(math.Exp(logE)) }

// enough is said of a proof that an early Step asks so little of that there are
// no odds to speak of.
const enough = "; enough for this step"

// proven writes how unlikely a proof that has reached this e-value is to come
// from what it speaks against.
func proven(against string, logE float64) string {
	if logE < math.Ln2 {
		return enough
	}
	return "; odds of this from " + against + " below " + oneIn(math.Exp(logE))
}
