package cluster

import (
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"
)

// SignInError says that the kubeconfig's way to sign in failed, so that the
// cluster was never asked.
type SignInError struct {
	Cluster string
	// By is what signs in, such as `program "aws"`.
	By  string
	Err error
}

func (e *SignInError) Error() string {
	return fmt.Sprintf("sign in to cluster %s: %s: %v; run it by hand to see why, or use another kubeconfig", e.Cluster, e.By, e.Err)
}

// Unwrap gives the cause.
func (e *SignInError) Unwrap() error { return e.Err }

func (c *Cluster) signsIn() bool { return c.Config.ExecProvider != nil || c.Config.AuthProvider != nil }

// signer is what the kubeconfig has sign in.
func (c *Cluster) signer() string {
	switch {
	case c.Config.ExecProvider != nil:
		return fmt.Sprintf("program %q", c.Config.ExecProvider.Command)
	case c.Config.AuthProvider != nil && c.Config.AuthProvider.Name == "oidc":
		return "auth-provider oidc (kubelogin, as an exec plugin, is what follows it)"
	case c.Config.AuthProvider != nil:
		return "auth-provider " + c.Config.AuthProvider.Name
	}
	return ""
}

// outdated says why the API server may not know the caller any more.
func (c *Cluster) outdated() string {
	if at, ok := c.tokenEnd(); ok && time.Now().After(at) {
		return fmt.Sprintf("the kubeconfig's token expired at %s: sign in again", at.UTC().Format(time.RFC3339))
	}
	if at, ok := c.certificateEnd(); ok && time.Now().After(at) {
		return fmt.Sprintf("the kubeconfig's client certificate expired at %s: get a new one", at.UTC().Format(time.RFC3339))
	}
	if by := c.signer(); by != "" {
		return fmt.Sprintf("it does not accept what %s gives: sign in again", by)
	}
	return "the kubeconfig's credentials are not, or no longer, accepted: sign in again, or use another kubeconfig"
}

// tokenEnd is when the token ends, where it is one that says so.
func (c *Cluster) tokenEnd() (time.Time, bool) {
	token := c.Config.BearerToken
	if data, err := os.ReadFile(c.Config.BearerTokenFile); err == nil {
		token = string(data)
	}
	if c.Config.AuthProvider != nil {
		token = cmp.Or(token, c.Config.AuthProvider.Config["id-token"])
	}
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		End float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(data, &claims) != nil || claims.End == 0 {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.End), 0), true
}

// certificateEnd is when the client certificate ends.
func (c *Cluster) certificateEnd() (time.Time, bool) {
	data := c.Config.CertData
	if len(data) == 0 {
		data, _ = os.ReadFile(c.Config.CertFile) // without it there is none
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return time.Time{}, false
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}, false
	}
	return cert.NotAfter, true
}
