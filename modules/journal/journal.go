// Package journal keeps a Rollout's record in the cluster, so that what was
// begun on one machine can be finished on another. A record is a ConfigMap; a
// Lease beside it says who drives. Both carry the Release's name.
//
// Every write of the record names the resourceVersion it was based on. A driver
// that slept while another took over therefore fails at its next intent, before
// it touches anything else.
package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// Labels and keys of the record's ConfigMap.
const (
	LabelRelease = "headgate.dev/release"
	LabelPhase   = "headgate.dev/phase"
	keyRecord    = "rollout.json"
	keySummary   = "summary"
	fieldManager = "headgate"
	namePrefix   = "headgate-"
	// maxRecord keeps the ConfigMap well below etcd's request limit.
	maxRecord = 900 << 10
)

var (
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	leases     = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
)

// ErrNotFound says that no Rollout of this Release is on record.
var ErrNotFound = errors.New("no rollout on record")

// ErrFenced says that another driver has written the record since this one
// last did: this one must stop and change nothing more.
var ErrFenced = errors.New("another driver has taken over this rollout")

// Record is what the Journal keeps. Data is the engine's own state.
type Record struct {
	Release string
	// Phase is a word a person can select by: running, held, promoted …
	Phase string
	// Summary is one line for kubectl users.
	Summary string
	Data    []byte
	// Written is when the record was last saved, by the writer's clock.
	Written time.Time
	version string
	uid     types.UID
}

// Store reads and writes the records of one namespace.
type Store struct {
	client    dynamic.Interface
	namespace string
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

// List reads every record in the namespace (all namespaces when it is empty).
func (s *Store) List(ctx context.Context) ([]*Record, error) {
	list, err := s.client.Resource(configMaps).Namespace(s.namespace).List(ctx, metav1.ListOptions{LabelSelector: LabelPhase})
	if err != nil {
		return nil, fmt.Errorf("list the journals in %q: %w", s.namespace, err)
	}
	out := make([]*Record, 0, len(list.Items))
	for i := range list.Items {
		r, err := decode(&list.Items[i])
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// Save writes the record. The first Save of a fresh Record creates it, or
// replaces a finished one that Load returned.
func (s *Store) Save(ctx context.Context, r *Record) error {
	if len(r.Data) > maxRecord {
		return fmt.Errorf("journal %s/%s: the record has %d bytes, %d is the most a ConfigMap should hold", s.namespace, Name(r.Release), len(r.Data), maxRecord)
	}
	r.Written = time.Now().UTC()
	obj, err := encode(s.namespace, r)
	if err != nil {
		return err
	}
	api := s.client.Resource(configMaps).Namespace(s.namespace)
	if r.version == "" {
		obj, err = api.Create(ctx, obj, metav1.CreateOptions{FieldManager: fieldManager})
	} else {
		obj, err = api.Update(ctx, obj, metav1.UpdateOptions{FieldManager: fieldManager})
	}
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || (apierrors.IsNotFound(err) && r.version != "") {
		return fmt.Errorf("journal %s/%s: %w", s.namespace, Name(r.Release), errors.Join(ErrFenced, err))
	}
	if err != nil {
		return fmt.Errorf("write the journal %s/%s: %w", s.namespace, Name(r.Release), err)
	}
	r.version, r.uid = obj.GetResourceVersion(), obj.GetUID()
	return nil
}

func encode(namespace string, r *Record) (*unstructured.Unstructured, error) {
	cm := &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{
			Name: Name(r.Release), Namespace: namespace, ResourceVersion: r.version,
			Labels:      map[string]string{LabelRelease: r.Release, LabelPhase: r.Phase, "app.kubernetes.io/managed-by": "headgate"},
			Annotations: map[string]string{"headgate.dev/written": r.Written.Format(time.RFC3339Nano)},
		},
		Data: map[string]string{keyRecord: string(r.Data), keySummary: r.Summary},
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(cm)
	if err != nil {
		return nil, fmt.Errorf("encode the journal of %s: %w", r.Release, err)
	}
	return &unstructured.Unstructured{Object: m}, nil
}

func decode(obj *unstructured.Unstructured) (*Record, error) {
	data, _, err := unstructured.NestedStringMap(obj.Object, "data")
	if err != nil || data[keyRecord] == "" {
		return nil, fmt.Errorf("journal %s/%s: no %s in it; it was not written by headgate or was edited: delete the ConfigMap if no rollout is running", obj.GetNamespace(), obj.GetName(), keyRecord)
	}
	written, _ := time.Parse(time.RFC3339Nano, obj.GetAnnotations()["headgate.dev/written"])
	return &Record{
		Release: obj.GetLabels()[LabelRelease], Phase: obj.GetLabels()[LabelPhase], Summary: data[keySummary],
		Data: []byte(data[keyRecord]), Written: written, version: obj.GetResourceVersion(), uid: obj.GetUID(),
	}, nil
}
