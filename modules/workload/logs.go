package workload

import (
	"context"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
)

// PodLogs reads the end of a container's output.
type PodLogs interface {
	// Tail gives at most n lines; previous asks for the container's run before
	// the one of now.
	Tail(ctx context.Context, namespace, pod, container string, previous bool, n int) ([]string, error)
}

// LogsFrom reads logs through the API server.
func LogsFrom(client kubernetes.Interface) PodLogs { return apiLogs{client} }

type apiLogs struct{ client kubernetes.Interface }

// maxLog bounds what is read of a container that writes very long lines.
const maxLog = 64 << 10

func (l apiLogs) Tail(ctx context.Context, namespace, pod, container string, previous bool, n int) ([]string, error) {
	lines := int64(n)
	body, err := l.client.CoreV1().Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{Container: container, Previous: previous, TailLines: &lines}).Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("logs of %s in Pod %s/%s: %w", container, namespace, pod, err)
	}
	defer func() { _ = body.Close() }() // read to its end or given up: nothing is lost
	data, err := io.ReadAll(io.LimitReader(body, maxLog))
	if err != nil {
		return nil, fmt.Errorf("logs of %s in Pod %s/%s: %w", container, namespace, pod, err)
	}
	text := strings.TrimRight(string(data), "\n")
	if text == "" {
		return nil, nil
	}
	out := strings.Split(text, "\n")
	return out[max(0, len(out)-n):], nil
}
