// Package journal keeps a Rollout's record in the cluster, so that what was
// begun on one machine can be finished on another. A record is a ConfigMap; a
// Lease beside it says who drives. Both carry the Release's name.
//
// A driver that was asleep while another took over can write nothing more, by
// three rules that trust no clock:
//   - every write names the version of the object it was worked out from;
//   - between that read and the write, the Lease is read, and must be the
//     writer's (Guard);
//   - who takes a Lease over changes the version of everything the former
//     driver may have read (Touch), before it looks at any of it.
//
// The first two put the read before the takeover, the third the takeover's
// change after it: a late write names a version that is no more. Time decides
// only when a Lease may be taken over, never whether a write is let through.
package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

const (
	fieldManager = "headgate"
	namePrefix   = "headgate-"
)

var (
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	leases     = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
)

// ErrNotFound says that no Rollout of this Release is on record.
var ErrNotFound = errors.New("no rollout on record")

// ErrFenced says that this driver does not drive any more: it must stop and
// change nothing more.
var ErrFenced = errors.New("another driver has taken over this rollout")

// ErrDeleted says that the record that was to be written is gone.
var ErrDeleted = errors.New("the journal was deleted")

// Record is what the Journal keeps. Data is the engine's own state.
type Record struct {
	Namespace, Release string
	// Phase is a word a person can select by: running, held, promoted …
	Phase string
	// Summary is one line for kubectl users.
	Summary string
	// Log is what happened last, in plain words, a line each.
	Log  string
	Data []byte
	// Written is when the record was last saved, by the writer's clock.
	Written time.Time
	version string
	uid     types.UID
}

// Anew has the next Save create the record, after ErrDeleted.
func (r *Record) Anew() { r.version = "" }

// Store reads and writes the records of one namespace.
type Store struct {
	client    dynamic.Interface
	namespace string
	// Tell is told what a person who waits should know; nil tells nobody.
	Tell func(string)
}

// New makes a Store for a namespace.
func New(client dynamic.Interface, namespace string) *Store {
	return &Store{client: client, namespace: namespace}
}

// Name is the name of a Release's ConfigMap and Lease.
func Name(release string) string { return namePrefix + release }

// Load reads a Release's record; ErrNotFound when there is none.
func (s *Store) Load(ctx context.Context, release string) (*Record, error) {
	obj, err := s.client.Resource(configMaps).Namespace(s.namespace).Get(ctx, Name(release), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("release %s/%s: %w", s.namespace, release, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal %s/%s: %w", s.namespace, Name(release), err)
	}
	return decode(obj)
}

// Entry is one record of a list, or why it cannot be read.
type Entry struct {
	Namespace, Name string
	Record          *Record
	Err             error
}

// List reads every record in the namespace (all namespaces when it is empty).
// A record that cannot be read is an Entry with its error.
func (s *Store) List(ctx context.Context) ([]Entry, error) {
	var out []Entry
	opts := metav1.ListOptions{LabelSelector: LabelPhase, Limit: 100}
	for {
		list, err := s.client.Resource(configMaps).Namespace(s.namespace).List(ctx, opts)
		if err != nil {
			return nil, fmt.Errorf("list the journals in %s: %w", orAll(s.namespace), err)
		}
		for i := range list.Items {
			obj := &list.Items[i]
			e := Entry{Namespace: obj.GetNamespace(), Name: obj.GetName()}
			e.Record, e.Err = decode(obj)
			out = append(out, e)
		}
		if opts.Continue = list.GetContinue(); opts.Continue == "" {
			return out, nil
		}
	}
}

func orAll(namespace string) string {
	if namespace == "" {
		return "all namespaces"
	}
	return "namespace " + namespace
}

// Save writes the record. The first Save of a fresh Record creates it, or
// replaces a finished one that Load returned. ErrFenced says that somebody
// else has written it since, ErrDeleted that it is gone.
func (s *Store) Save(ctx context.Context, r *Record) error {
	r.Written, r.Namespace = time.Now().UTC(), s.namespace
	obj, err := encode(r)
	if err != nil {
		return err
	}
	api := s.client.Resource(configMaps).Namespace(s.namespace)
	if r.version == "" {
		obj, err = api.Create(ctx, obj, metav1.CreateOptions{FieldManager: fieldManager})
	} else {
		obj, err = api.Update(ctx, obj, metav1.UpdateOptions{FieldManager: fieldManager})
	}
	switch {
	case err == nil:
		r.version, r.uid = obj.GetResourceVersion(), obj.GetUID()
		return nil
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return fmt.Errorf("journal %s/%s: %w", s.namespace, Name(r.Release), errors.Join(ErrFenced, err))
	case apierrors.IsNotFound(err) && r.version != "":
		return fmt.Errorf("journal %s/%s: %w", s.namespace, Name(r.Release), errors.Join(ErrDeleted, err))
	default:
		return fmt.Errorf("write the journal %s/%s: %w", s.namespace, Name(r.Release), err)
	}
}
