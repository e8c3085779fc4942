package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// apiName is the host name of an API server that is reached as a service.
const apiName = "kubernetes"

var errNoPort = errors.New("--api: the service has no port; give it as tcp://127.0.0.1:PORT")

// flatten is how a kubeconfig becomes one that stands alone.
const flatten = "`kubectl config view --raw --flatten --minify` makes one that stands alone"

// kubeconfig is a parsed one; fields that nobody here knows survive.
type kubeconfig struct {
	doc     map[string]any
	cluster map[string]any
	server  *url.URL
}

// readKubeconfig parses a kubeconfig and chooses its context. Its errors never
// quote it.
func readKubeconfig(ctx context.Context, s *dagger.Secret, name string) (*kubeconfig, error) {
	plain, err := s.Plaintext(ctx)
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: %w", err)
	}
	return parseKubeconfig(plain, name)
}

func parseKubeconfig(plain, name string) (*kubeconfig, error) {
	k := &kubeconfig{}
	if err := yaml.Unmarshal([]byte(plain), &k.doc); err != nil || k.doc["clusters"] == nil {
		return nil, errors.New("--kubeconfig: this is not a kubeconfig: want YAML with clusters, users and contexts; a file is given as file:PATH, a variable as env:NAME")
	}
	if name == "" {
		name, _ = k.doc["current-context"].(string)
	}
	if name == "" {
		return nil, errors.New("--kubeconfig: it has no current context: choose one with --context")
	}
	chosen, err := k.entry("contexts", "context", name)
	if err != nil {
		return nil, err
	}
	k.doc["current-context"] = name
	clusterName, _ := chosen["cluster"].(string)
	if k.cluster, err = k.entry("clusters", "cluster", clusterName); err != nil {
		return nil, err
	}
	userName, _ := chosen["user"].(string)
	user, err := k.entry("users", "user", userName)
	if err != nil {
		return nil, err
	}
	server, _ := k.cluster["server"].(string)
	if k.server, err = url.Parse(server); err != nil || k.server.Host == "" {
		return nil, fmt.Errorf("--kubeconfig: cluster %q has no usable server address", clusterName)
	}
	return k, standsAlone(clusterName, k.cluster, userName, user)
}

// entry finds what a name stands for in one of the lists.
func (k *kubeconfig) entry(list, kind, name string) (map[string]any, error) {
	items, _ := k.doc[list].([]any)
	for _, item := range items {
		fields, _ := item.(map[string]any)
		if fields["name"] == name {
			if found, ok := fields[kind].(map[string]any); ok {
				return found, nil
			}
		}
	}
	return nil, fmt.Errorf("--kubeconfig: it has no %s %q", kind, name)
}

// standsAlone refuses what cannot work in a container: files and programs of the
// machine that the kubeconfig is from.
func standsAlone(clusterName string, cluster map[string]any, userName string, user map[string]any) error {
	if cluster["certificate-authority"] != nil {
		return fmt.Errorf("--kubeconfig: cluster %q names a certificate file, which is not in the container; %s", clusterName, flatten)
	}
	for _, field := range []string{"client-certificate", "client-key", "tokenFile"} {
		if user[field] != nil {
			return fmt.Errorf("--kubeconfig: user %q names a file (%s), which is not in the container; %s", userName, field, flatten)
		}
	}
	if exec, ok := user["exec"].(map[string]any); ok {
		return fmt.Errorf("--kubeconfig: user %q signs in by the program %v, which is not in the container; use a service account's token instead", userName, exec["command"])
	}
	return nil
}

// tunnel sends what goes to the API server to a service instead; the server's
// certificate is still checked for the name that it was made for.
func (k *kubeconfig) tunnel(host string, port int) {
	if k.cluster["tls-server-name"] == nil && k.server.Scheme == "https" {
		k.cluster["tls-server-name"] = k.server.Hostname()
	}
	k.server.Host = net.JoinHostPort(host, strconv.Itoa(port))
	k.cluster["server"] = k.server.String()
}

// reachable refuses addresses that mean another machine in a container.
func (k *kubeconfig) reachable() error {
	host := k.server.Hostname()
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback() && !ip.IsUnspecified()) {
		return nil
	}
	return fmt.Errorf("--kubeconfig: its server %s is an address of your own machine, which containers cannot reach: add --api tcp://%s", k.server, net.JoinHostPort(host, k.port()))
}

func (k *kubeconfig) port() string {
	if p := k.server.Port(); p != "" {
		return p
	}
	return "443"
}

func (k *kubeconfig) secret() (*dagger.Secret, error) {
	data, err := yaml.Marshal(k.doc)
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: %w", err)
	}
	return secret("kubeconfig", string(data)), nil
}
