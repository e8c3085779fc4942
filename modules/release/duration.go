package release

import (
	"errors"
	"strings"
	"time"
)

var errDuration = errors.New("want a duration such as 30s, 5m or 1h30m")

// Duration is a time.Duration that files write as 30s, 5m or 1h30m.
type Duration struct{ time.Duration }

// String is the shortest way to write it: 5m, not 5m0s.
func (d Duration) String() string {
	s := d.Duration.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText writes it as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText takes Go's syntax; the error says what is wanted.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return errDuration
	}
	d.Duration = v
	return nil
}
