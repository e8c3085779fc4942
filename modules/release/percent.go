package release

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

var (
	errPercent  = errors.New("want a share with its percent sign, such as 1% or 0.5%")
	errQuantile = errors.New("want a quantile such as 99%, 99.9% or p99")
)

// The digits are bounded so that every share can be written back exactly.
var percentSyntax = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,9})?$`)

// Percent is a share, 0 to 1, that files write as 1%. A bare number is refused:
// 1 could mean a hundredth or all.
type Percent float64

// Fraction is the share as a plain number: .01 for 1%.
func (p Percent) Fraction() float64 { return float64(p) }

// String is the share as files write it.
func (p Percent) String() string { return hundredfold(float64(p)) + "%" }

// MarshalText writes it as String does.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes 1% or 0.5%; the error says what is wanted.
func (p *Percent) UnmarshalText(text []byte) error {
	digits, ok := strings.CutSuffix(string(text), "%")
	v, good := hundredth(strings.TrimSpace(digits))
	if !ok || !good {
		return errPercent
	}
	*p = Percent(v)
	return nil
}

// Quantile is a share above 0 and below 1 that files write as 99% or p99.
type Quantile float64

// Fraction is the quantile as a plain number: .99 for p99.
func (q Quantile) Fraction() float64 { return float64(q) }

// String is the quantile as files write it: 99%.
func (q Quantile) String() string { return hundredfold(float64(q)) + "%" }

// Short is the quantile as people say it: p99, p99.9.
func (q Quantile) Short() string { return "p" + hundredfold(float64(q)) }

// MarshalText writes it as String does.
func (q Quantile) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText takes 99% or p99; the error says what is wanted.
func (q *Quantile) UnmarshalText(text []byte) error {
	digits, percent := strings.CutSuffix(string(text), "%")
	digits, p := strings.CutPrefix(digits, "p")
	v, ok := hundredth(strings.TrimSpace(digits))
	if !ok || p == percent {
		return errQuantile
	}
	*q = Quantile(v)
	return nil
}

// hundredth moves the decimal point of the text, not of the binary number, so
// that 7% is exactly .07.
func hundredth(digits string) (float64, bool) {
	if !percentSyntax.MatchString(digits) {
		return 0, false
	}
	v, err := strconv.ParseFloat(digits+"e-2", 64)
	return v, err == nil
}

// hundredfold undoes it. Twelve digits are all that hundredth lets in.
func hundredfold(v float64) string {
	s := strconv.FormatFloat(v*100, 'f', 9, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
