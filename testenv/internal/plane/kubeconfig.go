package plane

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// entry is the name of the only context, cluster and user in our kubeconfigs.
const entry = "headgate"

// restConfig connects a user of the control plane, with no limit of requests.
func restConfig(pki, user, server string) *rest.Config {
	return &rest.Config{
		Host: server, QPS: -1,
		TLSClientConfig: rest.TLSClientConfig{
			CAFile:   filepath.Join(pki, "ca.crt"),
			CertFile: filepath.Join(pki, user+".crt"),
			KeyFile:  filepath.Join(pki, user+".key"),
		},
	}
}

// writeKubeconfig writes a kubeconfig that holds its certificates, so that it
// can be copied.
func writeKubeconfig(to, pki, user, server string) error {
	data := map[string][]byte{}
	for _, name := range []string{"ca.crt", user + ".crt", user + ".key"} {
		content, err := os.ReadFile(filepath.Join(pki, name)) //nolint:gosec // a folder of ours
		if err != nil {
			return fmt.Errorf("kubeconfig of %s: %w", user, err)
		}
		data[name] = content
	}
	config := api.Config{
		CurrentContext: entry,
		Clusters:       map[string]*api.Cluster{entry: {Server: server, CertificateAuthorityData: data["ca.crt"]}},
		AuthInfos:      map[string]*api.AuthInfo{entry: {ClientCertificateData: data[user+".crt"], ClientKeyData: data[user+".key"]}},
		Contexts:       map[string]*api.Context{entry: {Cluster: entry, AuthInfo: entry}},
	}
	if err := clientcmd.WriteToFile(config, to); err != nil {
		return fmt.Errorf("kubeconfig of %s: %w", user, err)
	}
	return nil
}
