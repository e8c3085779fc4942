package sample

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// config are the settings of one instance.
type config struct {
	addr       string
	version    string
	errorRate  float64       // share of requests that fail
	errorCode  int           // what those are answered with
	byChance   bool          // which ones fail is left to chance
	delay      time.Duration // before each answer
	cold       time.Duration // before each answer until the instance is warm
	crashAfter time.Duration // 0: never
	neverReady bool
	upstream   string  // URL asked for each request; empty: none
	call       string  // URL called all the time; empty: none
	callRate   float64 // requests per second to call
	linger     time.Duration
	grace      time.Duration
}

// parse reads the settings. Every flag has a variable of the same meaning:
// -error-rate is SAMPLE_ERROR_RATE.
func parse(args []string, getenv func(string) string, usage io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("sample", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&c.addr, "addr", ":8080", "address to listen on")
	f.StringVar(&c.version, "version", "dev", "version to answer with")
	f.Float64Var(&c.errorRate, "error-rate", 0, "share of requests to fail, from 0 to 1")
	f.IntVar(&c.errorCode, "error-code", http.StatusInternalServerError, "HTTP status to fail them with")
	f.BoolVar(&c.byChance, "errors-by-chance", false, "let chance decide which requests fail, not every n-th")
	f.DurationVar(&c.delay, "delay", 0, "time to wait before each answer")
	f.DurationVar(&c.cold, "cold", 0, "further time to wait until GET /warm has been asked for, as with empty caches")
	f.DurationVar(&c.crashAfter, "crash-after", 0, "time after which to exit with an error (0: never)")
	f.BoolVar(&c.neverReady, "never-ready", false, "never report readiness")
	f.StringVar(&c.upstream, "upstream", "", "URL of another service to ask for each request")
	f.StringVar(&c.call, "call", "", "URL of another service to call all the time")
	f.Float64Var(&c.callRate, "call-rate", 10, "requests per second for -call")
	f.DurationVar(&c.linger, "linger", 2*time.Second, "time to take new requests after SIGTERM")
	f.DurationVar(&c.grace, "grace", 20*time.Second, "time to finish requests after that")

	if err := fromEnv(f, getenv); err != nil {
		return config{}, err
	}
	if err := f.Parse(args); err != nil {
		return config{}, err
	}
	if f.NArg() > 0 {
		return config{}, fmt.Errorf("unexpected argument %q: sample takes flags only", f.Arg(0))
	}
	if c.errorRate < 0 || c.errorRate > 1 {
		return config{}, fmt.Errorf("error rate %v: must be between 0 and 1 (0.05 is 5%%)", c.errorRate)
	}
	if c.errorCode < 400 || c.errorCode > 599 {
		return config{}, fmt.Errorf("error code %d: must be between 400 and 599", c.errorCode)
	}
	return c, nil
}

// fromEnv sets the flags that have a variable.
func fromEnv(f *flag.FlagSet, getenv func(string) string) error {
	var first error
	f.VisitAll(func(fl *flag.Flag) {
		name := variable(fl.Name)
		if value := getenv(name); value != "" {
			if err := fl.Value.Set(value); err != nil {
				first = cmp.Or(first, fmt.Errorf("%s=%q: %w", name, value, err))
			}
		}
	})
	return first
}

// variable is the environment variable of a flag: error-rate is
// SAMPLE_ERROR_RATE.
func variable(flag string) string {
	return "SAMPLE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// crash fires when the instance is to crash; never, if it is not.
func (c config) crash() <-chan time.Time {
	if c.crashAfter <= 0 {
		return nil
	}
	return time.After(c.crashAfter)
}

// startCalls starts the calls to another service, if there are to be any.
func (c config) startCalls(ctx context.Context) (*load.Load, error) {
	if c.call == "" {
		return nil, nil
	}
	l, err := load.Start(ctx, load.Options{URL: c.call, Rate: c.callRate, Timeout: 5 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("SAMPLE_CALL: %w", err)
	}
	return l, nil
}
