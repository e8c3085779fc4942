// Package witness holds what callers' proxies say that they sent to the candidate
// against what the candidate's own proxies received. One witness alone can be
// fooled: a proxy counts a request for the route's destination also where it went
// to the address that its caller had resolved, and it says nothing of callers that
// it does not serve.
package witness

import (
	"context"
	"time"
)

// Receipt is what the candidate's own proxies have received until now.
type Receipt struct {
	// Requests is a total that only grows.
	Requests uint64
	// Pods are those that were asked.
	Pods int
	// Known is false where one of them cannot say: that is no zero.
	Known bool
}

// Receiver asks the candidate's own proxies.
type Receiver interface {
	Received(ctx context.Context) Receipt
}

// Account is what both witnesses say of one span of time.
type Account struct {
	// Sent are the requests that callers' proxies say the candidate had, Answered
	// those of them that did not fail: these have certainly arrived.
	Sent, Answered uint64
	Received       Receipt
	Span           time.Duration
}

const (
	// few requests are not held against the receiver: the counters are not read
	// at one moment.
	few = 10
	// fraction of the answered requests that have arrived at least, one in so
	// many. It is far below what filters in front of the candidate, which answer
	// in its name, leave in honest meshes.
	fraction = 10
)

// Contradicts says that requests which callers' proxies count for the candidate
// went elsewhere.
func (a Account) Contradicts() bool {
	return a.Received.Known && a.Answered >= few && fraction*a.Received.Requests < a.Answered
}

// Strays says that callers' proxies know of requests that the candidate had at a
// time when no route sent it any.
func (a Account) Strays() bool { return a.Answered >= few }

// Unseen says that more has arrived than callers' proxies know of, and than
// probes and scrapers explain. Pods of one app may talk to each other, so this alone
// says nothing of where it came from.
func (a Account) Unseen() bool {
	return a.Received.Known && a.Received.Requests > a.Sent+Background(a.Received.Pods, a.Span)
}

// background is how many requests a second a Pod gets beside its service's: probes
// that come by its proxy, and scrapers.
const background = 2

// Background is how many requests Pods may get in a time without any caller.
func Background(pods int, span time.Duration) uint64 {
	return few + uint64(background*float64(pods)*span.Seconds())
}
