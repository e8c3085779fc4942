package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"github.com/headgate-ci/headgate/modules/session"
)

// Lock says what to do when somebody else drives the release.
type Lock struct {
	WaitForLock lockWait `placeholder:"DURATION" help:"Wait until nobody else rolls this release out, for the time given or without end."`
}

// lockWait is a flag with an optional time.
type lockWait struct{ session.Patience }

// IsBool has the flag stand alone, too.
func (lockWait) IsBool() bool { return true }

// Decode reads the time after the equals sign, if there is one.
func (l *lockWait) Decode(ctx *kong.DecodeContext) error {
	l.Wait = true
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	var err error
	text := ctx.Scan.Pop().String()
	if l.Most, err = time.ParseDuration(text); err != nil || l.Most <= 0 {
		return fmt.Errorf("%q is no time to wait; give one such as 10m", text)
	}
	return nil
}

// patiently calls fn until nobody else drives, as the flag says.
func (l Lock) patiently(ctx context.Context, env *Env, fn func() error) error {
	p := l.WaitForLock.Patience
	p.Tell = func(text string) { _, _ = fmt.Fprintln(env.Stderr, text) }
	return p.Await(ctx, fn)
}
