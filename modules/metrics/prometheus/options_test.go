package prometheus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

func TestBadOptionsAreNamed(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	cluster := &rest.Config{Host: "https://api"}
	tests := map[string]struct {
		reason string
		opts   Options
		says   string
	}{
		"no address":       {"it must be somewhere", Options{}, "either url or service"},
		"two addresses":    {"and in one place", Options{URL: "http://p", Service: "a/b:1", Cluster: cluster}, "either url or service"},
		"not http":         {"a scheme that is no URL's", Options{URL: "p:9090"}, "want http:// or https://"},
		"no host":          {"a path is no address", Options{URL: "http:///prometheus"}, "want http:// or https://"},
		"password in URL":  {"a secret in the file would end up in a repository", Options{URL: "http://me:secret@p"}, "environment variables"},
		"no cluster":       {"a Service is reached through a cluster", Options{Service: "monitoring/prometheus:9090"}, "no cluster"},
		"no port":          {"the API server wants a port", Options{Service: "monitoring/prometheus", Cluster: cluster}, "namespace/name:port"},
		"path in service":  {"a name must not lead elsewhere", Options{Service: "monitoring/../../secrets:9090", Cluster: cluster}, "namespace/name:port"},
		"label":            {"a label's name goes into the query as it is", Options{URL: "http://p", Labels: Labels{Host: `a="b"`}}, `is not the name of a label`},
		"match":            {"and so does that of a further label", Options{URL: "http://p", Match: map[string]string{"a-b": ""}}, `"a-b" is not the name of a label`},
		"metric":           {"a metric's name", Options{URL: "http://p", Names: Names{Requests: "rate(x[5m])"}}, "is not the name of a metric"},
		"codes":            {"a broken expression", Options{URL: "http://p", Codes: "5["}, "error codes"},
		"missing variable": {"the token is not in the environment", Options{URL: "http://p", HeadersFrom: map[string]string{"Authorization": "PROM_TOKEN"}}, "PROM_TOKEN is not set"},
		"missing password": {"half a pair is none", Options{URL: "http://p", UserFrom: "PROM_USER"}, "PROM_USER is not set"},
		"missing CA":       {"no such file", Options{URL: "https://p", CAFile: "/does/not/exist"}, "CA file"},
		"empty CA":         {"no certificate in it", Options{URL: "https://p", CAFile: empty}, "holds no PEM certificate"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.opts.LookupEnv = func(string) (string, bool) { return "", false }
			_, err := New(test.opts)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %q is not in: %v", test.reason, test.says, err)
			}
			if err != nil && strings.Contains(err.Error(), "secret@") {
				t.Errorf("the error repeats the password: %v", err)
			}
		})
	}
}
