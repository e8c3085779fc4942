package workload

import (
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// NotReadyError says why Pods did not get ready.
type NotReadyError struct {
	// Object is the Deployment that was waited for, such as
	// "Deployment demo/sample-canary".
	Object string
	// Reason is one word, such as CrashLoopBackOff.
	Reason string
	// Detail is the reason in a sentence that names the Pod and container.
	Detail string
	// Logs are the last lines of the container at fault, if there is one.
	Logs []string
	// Next is what a person can do.
	Next string
}

// Error is one line; Logs holds the rest.
func (e *NotReadyError) Error() string {
	if e.Next == "" {
		return e.Gone()
	}
	return e.Gone() + "; " + e.Next
}

// Gone is the error for who reads it when the Pods are no more.
func (e *NotReadyError) Gone() string {
	s := fmt.Sprintf("%s is not ready: %s: %s", e.Object, e.Reason, e.Detail)
	if n := len(e.Logs); n > 0 {
		s += fmt.Sprintf("; its last line: %q", e.Logs[n-1])
	}
	return s
}

// ConflictError says that somebody else changed what the Rollout was about to
// change. Nothing was overwritten.
type ConflictError struct {
	// Object is such as "Deployment demo/sample".
	Object string
	// Path is the field, such as "spec.template".
	Path string
	// Detail says what is different.
	Detail string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: %s was changed by somebody else since the rollout began (%s); nothing was overwritten", e.Object, e.Path, e.Detail)
}

// UnsupportedError says that the target is of a kind that cannot be rolled out.
type UnsupportedError struct{ Namespace, Name, Kind string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s %s/%s: only Deployments can be rolled out so far; name a Deployment as the target", e.Kind, e.Namespace, e.Name)
}

// object is how messages name an object.
func object(kind, namespace, name string) string {
	return fmt.Sprintf("%s %s/%s", kind, namespace, name)
}

// refused puts the object and the next step before an API error.
func refused(verb, object string, err error) error {
	err = short(err)
	switch {
	case strings.Contains(err.Error(), "denied the request"):
		return fmt.Errorf("%s %s: %w; an admission policy of the cluster forbids it: change the manifest or ask who keeps the policy", verb, object, err)
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "exceeded quota"):
		return fmt.Errorf("%s %s: %w; raise the ResourceQuota or free some of it", verb, object, err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%s %s: %w; grant it (`headgate rbac` prints a Role) or see `kubectl auth can-i`", verb, object, err)
	case apierrors.IsInvalid(err):
		return fmt.Errorf("%s %s: %w; correct the manifest", verb, object, err)
	}
	return fmt.Errorf("%s %s: %w", verb, object, err)
}

// wholeObject is how the API server quotes all of an object that it cannot
// decode, with whatever its variables hold.
var wholeObject = regexp.MustCompile(`(?s)Invalid value: "\{.*\}": `)

// shortError is an API error without the object that it quotes.
type shortError struct {
	error
	text string
}

func (e *shortError) Error() string { return e.text }
func (e *shortError) Unwrap() error { return e.error }

func short(err error) error {
	if text := wholeObject.ReplaceAllString(err.Error(), ""); text != err.Error() {
		return &shortError{error: err, text: text}
	}
	return err
}
