package volume

import (
	"context"
	"fmt"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// token is a token issued to the Pod, kept until most of its life is over.
type token struct {
	text  string
	renew time.Time
}

// maxTokenAge is when a token is renewed at the latest.
const maxTokenAge = 24 * time.Hour

func (m *Manager) token(ctx context.Context, src *corev1.ServiceAccountTokenProjection) (payload, error) {
	path, err := below(src.Path)
	if err != nil {
		return nil, err
	}
	seconds := int64(3600)
	if src.ExpirationSeconds != nil {
		seconds = *src.ExpirationSeconds
	}
	key := fmt.Sprintf("%s/%d", src.Audience, seconds)
	t := m.tokens[key]
	if time.Now().After(t.renew) {
		if t, err = m.requestToken(ctx, src.Audience, seconds); err != nil {
			return nil, err
		}
		m.tokens[key] = t
	}
	// Readable by whoever the containers run as: each may be somebody else.
	return payload{path: file{[]byte(t.text), defaultMode}}, nil
}

func (m *Manager) requestToken(ctx context.Context, audience string, seconds int64) (token, error) {
	pod := m.pod()
	account := pod.Spec.ServiceAccountName
	if account == "" {
		account = "default"
	}
	request := &authv1.TokenRequest{Spec: authv1.TokenRequestSpec{
		ExpirationSeconds: &seconds,
		BoundObjectRef:    &authv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: pod.Name, UID: pod.UID},
	}}
	if audience != "" {
		request.Spec.Audiences = []string{audience}
	}
	now := time.Now()
	got, err := m.client.CoreV1().ServiceAccounts(pod.Namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return token{}, fmt.Errorf("token of service account %s/%s: %w", pod.Namespace, account, err)
	}
	life := got.Status.ExpirationTimestamp.Sub(now)
	return token{got.Status.Token, now.Add(min(life*4/5, maxTokenAge))}, nil
}
