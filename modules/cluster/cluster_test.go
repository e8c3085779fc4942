package cluster

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

func TestFailedRequestsSayWhatToDo(t *testing.T) {
	t.Parallel()
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "headgate-shop", errors.New("no"))
	tests := []struct {
		because string
		err     error
		want    []string
	}{
		{"who may not read the journal needs a Role", fmt.Errorf("read the journal: %w", forbidden), []string{"read the journal", "headgate-shop", "headgate rbac"}},
		{"the wrong context is the usual cause", &url.Error{Op: "Get", URL: "https://a.example", Err: errors.New("no route")}, []string{"https://a.example", "no route", `context "work"`}},
		{"another server's error is not the cluster's", fmt.Errorf("prometheus at http://p:9090: %w", &url.Error{Op: "Post", URL: "http://p:9090/api/v1/query", Err: errors.New("connection refused")}), []string{"prometheus at http://p:9090", "connection refused"}},
		{"other errors speak for themselves", errors.New("deployment shop/shop does not exist"), []string{"deployment shop/shop does not exist"}},
	}
	c := &Cluster{Config: &rest.Config{Host: "https://a.example"}, Context: "work"}
	for _, tt := range tests {
		got := c.Reachable(tt.err).Error()
		for _, part := range tt.want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q lacks %q", tt.because, got, part)
			}
		}
		if strings.Contains(got, "prometheus") && strings.Contains(got, "cluster") {
			t.Errorf("%s: %q", tt.because, got)
		}
	}
	told := fmt.Errorf("grant it (`headgate rbac` prints a Role): %w", forbidden)
	if got := c.Reachable(told); !errors.Is(got, told) || strings.Count(got.Error(), "headgate rbac") != 1 {
		t.Errorf("said twice: %v", got)
	}
}
