package watchdog

import "time"

// silence adds up for how long looks have found the same sign.
type silence struct {
	// longest is the gap between two looks that still counts.
	longest time.Duration

	last Sign
	// at is until when the sign is known to have stood.
	at    time.Time
	lasts time.Duration
	// unknown says that it was not asked yet whether the Rollout goes on with
	// this driver, or with none.
	unknown bool
}

// see takes a look into account that began and ended at these times. A sign is
// known to have stood from the end of the look that first found it to the
// beginning of the one that found it last.
func (s *silence) see(sign Sign, began, ended time.Time) {
	gap := began.Sub(s.at)
	switch {
	case s.at.IsZero(), sign.Driver != s.last.Driver, (sign.Beat == "") != (s.last.Beat == ""):
		s.unknown, s.lasts, s.at = true, 0, ended
	case sign.Beat != s.last.Beat, gap > s.longest:
		s.lasts, s.at = 0, ended
	default:
		s.lasts, s.at = s.lasts+gap, began
	}
	s.last = sign
}
