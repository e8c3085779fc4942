package session

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/metrics/envoy"
)

// A candidate that only its callers' proxies vouch for is told before the rollout.
func TestThePlanSaysWhereTheCandidatesOwnProxiesAreSilent(t *testing.T) {
	t.Parallel()
	for reason, tt := range map[string]struct {
		status int
		want   string
	}{
		"its Pods may not be listed":           {http.StatusForbidden, "is believed alone, for what the candidate receives cannot be read: the Pods in namespace demo cannot be listed"},
		"nothing speaks against their reading": {http.StatusOK, "is held against what the candidate's own proxies received"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(tt.status)
			if tt.status == http.StatusOK {
				_, _ = w.Write([]byte(`{"kind":"PodList","apiVersion":"v1","items":[]}`))
				return
			}
			_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Code: int32(tt.status), Reason: metav1.StatusReasonForbidden, Message: "pods is forbidden"})
		}))
		source, err := envoy.New(envoy.Options{Cluster: &rest.Config{Host: server.URL}})
		if err != nil {
			t.Fatal(err)
		}
		s := &Session{likewise: source.Inbound("demo", "app=shop")}
		if got := s.seconded(t.Context()); !strings.Contains(got, tt.want) {
			t.Errorf("%s: the plan says %q, want %q", reason, got, tt.want)
		}
		server.Close()
	}
}
