package metrics

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Choice is the first of several sources that can be used.
type Choice struct {
	sources []Source
	picked  Source
	passed  []string // why those before it were not picked
	idle    bool     // it answers and has counted nothing yet
}

// Auto prefers the sources in the order given. Check decides; Open decides if
// Check was not called, and moves on to a later source when free queries are
// asked that the one picked cannot ask.
func Auto(sources ...Source) *Choice { return &Choice{sources: sources} }

// Name is the picked source's name, "auto" before there is one.
func (c *Choice) Name() string {
	if c.picked == nil {
		return "auto"
	}
	return c.picked.Name()
}

// Why says in one line which source was picked and why not those before it.
func (c *Choice) Why() string {
	if c.picked == nil {
		return "no source of metrics was picked yet"
	}
	s := c.picked.Name() + " is read"
	switch {
	case len(c.passed) > 0:
		s += ", because " + strings.Join(c.passed, "; ")
	case !c.idle:
		s += ": the first choice, and it answers"
	}
	if c.idle {
		s += "; it has counted no request to the service yet"
	}
	return s
}

// Check picks the first source whose own Check passes. When none does, and at
// least one answers without having series, that one is picked and its
// *NoSeriesError is among the errors: an idle service can still be opened.
func (c *Choice) Check(ctx context.Context, subject Subject) error {
	c.picked, c.passed, c.idle = nil, nil, false
	var idle Source
	var errs []error
	for _, s := range c.sources {
		err := s.Check(ctx, subject)
		if err == nil {
			c.picked = s
			return nil
		}
		errs = append(errs, err)
		if none := (*NoSeriesError)(nil); errors.As(err, &none) && idle == nil {
			idle = s
			continue
		}
		c.passed = append(c.passed, err.Error())
	}
	if len(errs) == 0 {
		return errors.New("metrics: no source is configured: set spec.metrics.prometheus")
	}
	c.picked, c.idle = idle, idle != nil
	return errors.Join(errs...)
}

// Past asks the first source that remembers, whichever was picked; its name is
// empty where none does.
func (c *Choice) Past(ctx context.Context, subject Subject, d time.Duration) (e evidence.Evidence, source string, err error) {
	for _, s := range c.sources {
		if h, ok := s.(Historian); ok {
			e, err := h.Past(ctx, subject, d)
			return e, s.Name(), err
		}
	}
	return e, "", nil
}

// Answers asks the first source that remembers what a free query answered; none
// where no source does.
func (c *Choice) Answers(ctx context.Context, query string, d, step time.Duration) ([]evidence.Value, error) {
	for _, s := range c.sources {
		if a, ok := s.(Answerer); ok {
			return a.Answers(ctx, query, d, step)
		}
	}
	return nil, nil
}

// TellsSubsets asks the picked source; false where none was picked yet, or it
// does not answer.
func (c *Choice) TellsSubsets(ctx context.Context, subject Subject) bool {
	teller, ok := c.picked.(SubsetTeller)
	if !ok {
		return false
	}
	told, err := teller.TellsSubsets(ctx, subject)
	return err == nil && told
}

// Stable asks the first source that remembers what stable served when, in windows
// of step; none where no source does.
func (c *Choice) Stable(ctx context.Context, subject Subject, d, step time.Duration) ([]evidence.Evidence, error) {
	for _, s := range c.sources {
		r, ok := s.(Ranger)
		if !ok {
			continue
		}
		to := time.Now()
		readings, err := r.Range(ctx, subject, to.Add(-d), to, step)
		if none := (*NoSeriesError)(nil); errors.As(err, &none) {
			return nil, nil // it served nothing
		}
		return windows(readings), err
	}
	return nil, nil
}

// windows are what stable served between the readings.
func windows(readings []evidence.Reading) (out []evidence.Evidence) {
	for i := 1; i < len(readings); i++ {
		e := readings[i].Since(readings[i-1])
		out = append(out, evidence.Evidence{Start: e.Start, End: e.End, Fresh: e.Fresh, Stable: e.Stable})
	}
	return out
}

// Open opens the picked source.
func (c *Choice) Open(ctx context.Context, subject Subject, queries map[string]string) (Reader, error) {
	if c.picked == nil {
		if err := c.Check(ctx, subject); err != nil && c.picked == nil {
			return nil, err
		}
	}
	reader, err := c.picked.Open(ctx, subject, queries)
	if errors.Is(err, ErrQueries) {
		reader, err = c.openLater(ctx, subject, queries, err)
	}
	if err != nil {
		return nil, err
	}
	return &noted{Reader: reader, note: c.Why()}, nil
}

// openLater tries the sources behind the picked one.
func (c *Choice) openLater(ctx context.Context, subject Subject, queries map[string]string, first error) (Reader, error) {
	errs := []error{first}
	behind := false
	for _, s := range c.sources {
		if s == c.picked {
			behind = true
			continue
		}
		if !behind {
			continue
		}
		reader, err := s.Open(ctx, subject, queries)
		if err == nil {
			c.picked, c.passed = s, append(c.passed, first.Error())
			return reader, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// noted says with its first reading which source it comes from.
type noted struct {
	Reader
	note string
}

// Window is the Reader's, where it has one.
func (n *noted) Window(onTrial, step time.Time) {
	if w, ok := n.Reader.(Windowed); ok {
		w.Window(onTrial, step)
	}
}

func (n *noted) Read(ctx context.Context) (evidence.Reading, error) {
	r, err := n.Reader.Read(ctx)
	if err == nil && n.note != "" {
		r.Notes = append(r.Notes, n.note)
		n.note = ""
	}
	return r, err
}
