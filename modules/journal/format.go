package journal

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Labels and keys of the record's ConfigMap.
const (
	LabelRelease = "headgate.dev/release"
	LabelPhase   = "headgate.dev/phase"

	keyRecord  = "rollout.json"
	keyPacked  = "rollout.json.gz"
	keySummary = "summary"
	keyLog     = "log"

	annotationWritten = "headgate.dev/written"
)

const (
	// maxPlain is how large a record may be that is kept as text; a larger one
	// is packed.
	maxPlain = 700 << 10
	// maxPacked keeps the ConfigMap below etcd's request limit (1.5 MiB), its
	// bytes being sent in base64.
	maxPacked = 900 << 10
	// maxUnpacked bounds what a packed record may claim to hold.
	maxUnpacked = 64 << 20
)

func encode(r *Record) (*unstructured.Unstructured, error) {
	cm := &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{
			Name: Name(r.Release), Namespace: r.Namespace, ResourceVersion: r.version,
			Labels:      map[string]string{LabelRelease: r.Release, LabelPhase: r.Phase, "app.kubernetes.io/managed-by": "headgate"},
			Annotations: map[string]string{annotationWritten: r.Written.Format(time.RFC3339Nano)},
		},
		Data: map[string]string{keySummary: r.Summary},
	}
	if r.Log != "" {
		cm.Data[keyLog] = r.Log
	}
	if len(r.Data) <= maxPlain {
		cm.Data[keyRecord] = string(r.Data)
	} else {
		packed, err := pack(r.Data)
		if err != nil {
			return nil, fmt.Errorf("journal %s/%s: %w", r.Namespace, Name(r.Release), err)
		}
		cm.BinaryData = map[string][]byte{keyPacked: packed}
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(cm)
	if err != nil {
		return nil, fmt.Errorf("encode the journal of %s: %w", r.Release, err)
	}
	return &unstructured.Unstructured{Object: m}, nil
}

func pack(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, fmt.Errorf("pack the record: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack the record: %w", err)
	}
	if b.Len() > maxPacked {
		return nil, fmt.Errorf("the record has %d bytes even when packed, and a ConfigMap holds %d: the Deployment or the routes are too large to be recorded", b.Len(), maxPacked)
	}
	return b.Bytes(), nil
}

func decode(obj *unstructured.Unstructured) (*Record, error) {
	data, _, err := unstructured.NestedStringMap(obj.Object, "data")
	if err != nil {
		return nil, damaged(obj, err.Error())
	}
	written, _ := time.Parse(time.RFC3339Nano, obj.GetAnnotations()[annotationWritten])
	r := &Record{
		Namespace: obj.GetNamespace(), Release: obj.GetLabels()[LabelRelease], Phase: obj.GetLabels()[LabelPhase],
		Summary: data[keySummary], Log: data[keyLog], Data: []byte(data[keyRecord]), Written: written, version: obj.GetResourceVersion(), uid: obj.GetUID(),
	}
	if len(r.Data) > 0 {
		return r, nil
	}
	packed, _, _ := unstructured.NestedString(obj.Object, "binaryData", keyPacked)
	if packed == "" {
		return nil, damaged(obj, "there is no "+keyRecord+" in it")
	}
	if r.Data, err = unpack(packed); err != nil {
		return nil, damaged(obj, err.Error())
	}
	return r, nil
}

func unpack(packed string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", keyPacked, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", keyPacked, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", keyPacked, err)
	}
	if len(data) > maxUnpacked {
		return nil, fmt.Errorf("read %s: more than %d bytes", keyPacked, maxUnpacked)
	}
	return data, nil
}

func damaged(obj *unstructured.Unstructured, why string) error {
	return fmt.Errorf("journal %s/%s cannot be read: %s; it was edited, or not written by headgate: put the routes right by hand if a rollout was under way, then delete the ConfigMap", obj.GetNamespace(), obj.GetName(), why)
}
