package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var errNotPrometheus = errors.New("the answer is not one of a Prometheus: check the address")

// attempts is how often one query is tried.
const attempts = 2

// ask puts one instant query, at the server's now when at is zero. A failure
// that may pass is tried once more: another one is the caller's to judge.
func (s *Source) ask(ctx context.Context, query string, at time.Time) (model.Value, v1.Warnings, error) {
	var err error
	for range attempts {
		var value model.Value
		var warnings v1.Warnings
		if value, warnings, err = s.once(ctx, query, at); err == nil {
			return value, warnings, nil
		}
		if !passing(err) || !pause(ctx, 200*time.Millisecond) {
			break
		}
	}
	return nil, nil, s.failed(query, err)
}

func (s *Source) once(ctx context.Context, query string, at time.Time) (model.Value, v1.Warnings, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opts.Timeout, &silence{s.opts.Timeout})
	defer cancel()
	value, warnings, _, err := s.api.Query(ctx, query, at, v1.WithTimeout(s.opts.Timeout))
	if err == nil && value == nil {
		err = errNotPrometheus
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return value, warnings, err
}

// passing says that the same question may get an answer a moment later.
func passing(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, errNotPrometheus) {
		return false
	}
	var answer *v1.Error
	return !errors.As(err, &answer) || answer.Type == v1.ErrServer
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// failed names the Prometheus and the query.
func (s *Source) failed(query string, err error) error {
	where := s.opts.URL
	if s.opts.Service != "" {
		where = "service " + s.opts.Service
	}
	err = explain(err)
	if hint := s.hint(err); hint != "" {
		return fmt.Errorf("prometheus at %s: %w; %s (query: %s)", where, err, hint, clip(query, 120))
	}
	return fmt.Errorf("prometheus at %s: %w (query: %s)", where, err, clip(query, 120))
}

// explain adds what the API server or a gateway in between had to say.
func explain(err error) error {
	var answer *v1.Error
	if !errors.As(err, &answer) || answer.Detail == "" {
		return err
	}
	var status metav1.Status
	if json.Unmarshal([]byte(answer.Detail), &status) == nil && status.Message != "" {
		return fmt.Errorf("%w: %s", err, clip(status.Message, 300))
	}
	return fmt.Errorf("%w: %s", err, clip(answer.Detail, 200))
}

func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
