package prometheus

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

const oneScalar = `{"status":"success","data":{"resultType":"scalar","result":[1000,"1000"]}}`

// start serves a handler and returns its address.
func start(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// now asks the source the simplest query there is.
func now(t *testing.T, opts Options) error {
	t.Helper()
	source, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.now(t.Context())
	return err
}

func TestSecretsComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	env := map[string]string{"TOKEN": "Bearer abc", "USER_VAR": "me", "PASSWORD_VAR": "pass"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	tests := map[string]struct {
		reason string
		opts   Options
		want   string
	}{
		"header": {"a header as a whole", Options{HeadersFrom: map[string]string{"Authorization": "TOKEN"}}, "Bearer abc"},
		"basic":  {"a user and a password", Options{UserFrom: "USER_VAR", PasswordFrom: "PASSWORD_VAR"}, "Basic bWU6cGFzcw=="},
		"none":   {"nothing is sent unasked", Options{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 1)
			test.opts.LookupEnv = lookup
			test.opts.URL = start(t, func(w http.ResponseWriter, r *http.Request) {
				got <- r.Header.Get("Authorization")
				_, _ = fmt.Fprint(w, oneScalar)
			})
			if err := now(t, test.opts); err != nil {
				t.Fatal(err)
			}
			if header := <-got; header != test.want {
				t.Errorf("%s: got %q", test.reason, header)
			}
		})
	}
}

func TestSecretsDoNotFollowARedirect(t *testing.T) {
	t.Parallel()
	elsewhere := start(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was sent elsewhere", r.Header.Get("Authorization"))
		_, _ = fmt.Fprint(w, oneScalar)
	})
	address := start(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
	})
	err := now(t, Options{
		URL: address, HeadersFrom: map[string]string{"Authorization": "TOKEN"},
		LookupEnv: func(string) (string, bool) { return "Bearer abc", true },
	})
	if err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("the redirect is not told: %v", err)
	}
}

func TestTheCAFileIsTrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, oneScalar) }))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := now(t, Options{URL: server.URL, CAFile: file}); err != nil {
		t.Errorf("with the CA: %v", err)
	}
	if err := now(t, Options{URL: server.URL}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the CA: %v", err)
	}
}

func TestThroughTheAPIServer(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 1)
	address := start(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r
		_, _ = fmt.Fprint(w, oneScalar)
	})
	cluster := &rest.Config{Host: address, BearerToken: "cluster-token"}
	if err := now(t, Options{Service: "monitoring/prometheus:9090", Cluster: cluster}); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if want := "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query"; r.URL.Path != want {
		t.Errorf("path %s, want %s", r.URL.Path, want)
	}
	if r.Method != http.MethodGet || r.URL.Query().Get("query") != "time()" {
		t.Errorf("%s %s: a POST would need the right to create services/proxy", r.Method, r.URL)
	}
	if r.Header.Get("Authorization") != "Bearer cluster-token" {
		t.Errorf("not as the cluster's user: %q", r.Header.Get("Authorization"))
	}
}

func TestWhatTheAPIServerSaysIsTold(t *testing.T) {
	t.Parallel()
	address := start(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"kind":"Status","status":"Failure","message":"services \"prometheus:9090\" is forbidden: User \"ci\" cannot get resource \"services/proxy\"","code":403}`)
	})
	err := now(t, Options{Service: "monitoring/prometheus:9090", Cluster: &rest.Config{Host: address}})
	if err == nil || !strings.Contains(err.Error(), `User "ci" cannot get resource "services/proxy"`) || !strings.Contains(err.Error(), "monitoring/prometheus:9090") {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	address := start(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"status":"success","data":{"resultType":"string","result":[1,"`+strings.Repeat("x", 10_000)+`"]}}`)
	})
	err := now(t, Options{URL: address, MaxBytes: 5_000})
	if err == nil || !strings.Contains(err.Error(), "larger than 5000 bytes") {
		t.Errorf("got %v", err)
	}
}

func TestASlowAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	address := start(t, func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // the body must be read before a hang-up is noticed
		<-r.Context().Done()
	})
	err := now(t, Options{URL: address, Timeout: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "no answer within 50ms") {
		t.Errorf("got %v", err)
	}
}

func TestSomethingElseAnswers(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"a web page": "<html>login</html>", "other JSON": `{"hello":"world"}`, "nothing": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := start(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) })
			if err := now(t, Options{URL: address}); err == nil || !strings.Contains(err.Error(), address) {
				t.Errorf("%q passes for a Prometheus, or is not located: %v", body, err)
			}
		})
	}
}
