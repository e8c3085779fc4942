package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
)

// Reachable turns a failed request to the API server into an error that says
// what to do: the cluster is out of reach, does not know the caller, or the
// caller may not do that. Errors of other servers stay as they are.
func (c *Cluster) Reachable(err error) error {
	var request *url.Error
	switch {
	case apierrors.IsForbidden(err) && !strings.Contains(err.Error(), "headgate rbac"):
		return fmt.Errorf("%w; grant it with the Roles that `headgate rbac -n %s` prints, or use another kubeconfig", err, c.Namespace)
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("cluster %s does not let you in: %w; %s", c.Config.Host, err, c.outdated())
	case !errors.As(err, &request) || !c.serves(request.URL):
		return err
	case c.signsIn() && !errors.As(err, new(*sentError)) && !errors.Is(err, context.Canceled):
		return &SignInError{Cluster: c.Config.Host, By: c.signer(), Err: request.Err}
	}
	return fmt.Errorf("cluster %s cannot be reached: %w; %s", c.Config.Host, request.Err, c.hint(request))
}

// serves says that an address is the API server's.
func (c *Cluster) serves(address string) bool {
	server, _, err := rest.DefaultServerUrlFor(c.Config)
	if err != nil {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && u.Host == server.Host
}

func (c *Cluster) hint(err error) string {
	where := "the server's address"
	if c.Context != "" {
		where = fmt.Sprintf("context %q of your kubeconfig", c.Context)
	}
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) {
		return fmt.Sprintf("check the server and the certificate-authority of %s", where)
	}
	return fmt.Sprintf("check %s and your network", where)
}
