package cluster

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// asUser is a kubeconfig whose user signs in in some way.
const asUser = `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "SERVER", insecure-skip-tls-verify: true}}]
contexts: [{name: work, context: {cluster: c, user: u}}, {name: home, context: {cluster: c, user: u}}]
current-context: work
users:
- name: u
  user: USER
`

// program is a user that a script signs in.
func program(script string) string {
	return fmt.Sprintf(`{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Never, args: [-c, %q]}}`, script)
}

const token = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"abc"}}`

// ask connects and asks for one object.
func ask(t *testing.T, server, user string, o Options) error {
	t.Helper()
	o.Kubeconfig = filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(o.Kubeconfig, []byte(strings.NewReplacer("SERVER", server, "USER", user).Replace(asUser)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Connect(o)
	if err != nil {
		return err
	}
	_, err = c.Dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("demo").Get(t.Context(), "a", metav1.GetOptions{})
	return c.Reachable(err)
}

func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewTLSServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func status(code int, reason metav1.StatusReason) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":%q,"reason":%q,"code":%d}`, reason, reason, code)
	}
}

func found(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer abc" {
		status(http.StatusUnauthorized, metav1.StatusReasonUnauthorized)(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprint(w, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}`)
}

// A sign-in program may wait for a person; the limit is for the cluster.
func TestSigningInHasNoLimit(t *testing.T) {
	t.Parallel()
	err := ask(t, serve(t, found), program("sleep 1; echo '"+token+"'"), Options{RequestTimeout: 300 * time.Millisecond})
	if err != nil {
		t.Error(err)
	}
}

func TestASilentClusterIsGivenUp(t *testing.T) {
	t.Parallel()
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	err := ask(t, silent, "{}", Options{RequestTimeout: 200 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 200ms") || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("got %v", err)
	}
}

func TestAFailedSignInIsNoNetworkProblem(t *testing.T) {
	t.Parallel()
	for reason, test := range map[string]struct{ user, says string }{
		"the program fails":         {program("exit 7"), `program "sh"`},
		"there is no such program":  {"{exec: {apiVersion: client.authentication.k8s.io/v1, command: nosuch-login, interactiveMode: Never}}", "nosuch-login"},
		"oidc has nothing to renew": {"{auth-provider: {name: oidc, config: {client-id: x, idp-issuer-url: 'https://issuer.invalid'}}}", "kubelogin"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			err := ask(t, serve(t, found), test.user, Options{})
			var failed *SignInError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), test.says) || errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "network") {
				t.Errorf("want %q, got %v", test.says, err)
			}
		})
	}
}

func TestCredentialsThatAreNotAcceptedAreExplained(t *testing.T) {
	t.Parallel()
	refused := serve(t, status(http.StatusUnauthorized, metav1.StatusReasonUnauthorized))
	jwt := func(end time.Time) string {
		return "a." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, end.Unix())) + ".c"
	}
	past := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for reason, test := range map[string]struct{ user, says string }{
		"an expired token":             {"{token: " + jwt(past) + "}", "expired at 2026-01-02T03:04:05Z"},
		"a token that should do":       {"{token: " + jwt(time.Now().Add(time.Hour)) + "}", "not, or no longer, accepted"},
		"a program's token is refused": {program("echo '" + token + "'"), `what program "sh" gives`},
		"an expired oidc token":        {"{auth-provider: {name: oidc, config: {client-id: x, idp-issuer-url: 'https://issuer.invalid', id-token: " + jwt(time.Now().Add(time.Hour)) + "}}}", "auth-provider oidc"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			err := ask(t, refused, test.user, Options{})
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "does not let you in") {
				t.Errorf("want %q, got %v", test.says, err)
			}
		})
	}
}

func TestAContextThatIsNotThereIsToldFromThoseThatAre(t *testing.T) {
	t.Parallel()
	if err := ask(t, "http://a.invalid", "{}", Options{Context: "nosuch"}); err == nil || !strings.Contains(err.Error(), "home, work") {
		t.Errorf("a context that is not there: %v", err)
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(strings.NewReplacer("current-context: work", "", "USER", "{}").Replace(asUser)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Connect(Options{Kubeconfig: file})
	if err == nil || !strings.Contains(err.Error(), "pick one with --context: home, work") || !strings.Contains(err.Error(), file) {
		t.Errorf("no current context: %v", err)
	}
	if _, err := Connect(Options{Kubeconfig: file, Context: "home"}); err != nil {
		t.Errorf("one is named: %v", err)
	}
}
