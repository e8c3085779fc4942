package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-ci/headgate/testenv/bench/contest"
	"github.com/headgate-ci/headgate/testenv/bench/ledger"
)

type options struct {
	out, raw, only, env, headgate, logs, note string
	side, repeats                             int
	rate                                      float64
	list                                      bool
}

func run(ctx context.Context, o options) error {
	entrants, err := contest.Entrants()
	if err != nil {
		return err
	}
	book := &ledger.Ledger{}
	if o.raw != "" {
		if book, err = ledger.Load(o.raw); err != nil {
			return err
		}
	}
	todo, err := cases(entrants, o, book)
	if err != nil || o.list {
		for _, c := range todo {
			fmt.Println(name(c))
		}
		return err
	}
	book.Machine = machine()
	book.Entrants = describe(entrants)
	if len(todo) > 0 {
		if err := play(ctx, o, todo, book); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	return write(o.out, o.note, book)
}

// cases are those to be played: the long ones first, and none that the ledger
// has.
func cases(entrants []contest.Entrant, o options, book *ledger.Ledger) ([]contest.Case, error) {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return nil, fmt.Errorf("-only: %w", err)
	}
	var all []contest.Case
	entrants = slices.Clone(entrants)
	slices.SortStableFunc(entrants, func(a, b contest.Entrant) int { return cmp.Compare(b.Limit, a.Limit) })
	for _, e := range entrants {
		repeats := 1
		if e.Speed != "documented" {
			repeats = o.repeats
		}
		for repeat := 1; repeat <= repeats; repeat++ {
			for _, c := range contest.Candidates() {
				one := contest.Case{Entrant: e, Candidate: c, Rate: o.rate, Repeat: repeat}
				if only.MatchString(name(one)) && !book.Has(e.Tool, e.Speed, c.Name, o.rate, repeat) {
					all = append(all, one)
				}
			}
		}
	}
	return all, nil
}

func name(c contest.Case) string {
	return fmt.Sprintf("%s/%s/%g/%d", c.Entrant.Name(), c.Candidate.Name, c.Rate, c.Repeat)
}

// play makes the rollouts, some at a time, and keeps each as soon as it is over.
func play(ctx context.Context, o options, todo []contest.Case, book *ledger.Ledger) error {
	a, done, err := arena(ctx, o)
	if err != nil {
		return err
	}
	defer done()
	var mu sync.Mutex
	keep := func(r ledger.Run) error {
		mu.Lock()
		defer mu.Unlock()
		book.Runs = append(book.Runs, r)
		if o.raw == "" {
			return nil
		}
		return book.Save(o.raw)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(o.side, 1))
	for _, c := range todo {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			a.Say("begins: " + name(c))
			r, err := a.Play(ctx, c)
			if err != nil {
				return err
			}
			a.Say(fmt.Sprintf("%s: %s after %.0f s; off at %.0f s, bad %d of %d, lost %d; %s", name(c), r.Outcome, r.Seconds, r.LastCandidate, r.Bad, r.Served, r.Lost, r.Reason))
			return keep(r)
		})
	}
	return g.Wait()
}

func say(text string) { fmt.Fprintln(os.Stderr, time.Now().UTC().Format("15:04:05"), text) }
