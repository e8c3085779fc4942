package k8s

import (
	"bytes"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// Roles say which of the Roles of rbac are meant, and for where.
type Roles struct {
	// Namespace is where services are rolled out.
	Namespace string
	// Gateway is the namespace of the ingress gateway.
	Gateway string
	// Watchdog adds what starting Jobs in the cluster needs.
	Watchdog bool
	// Deploy adds what applying manifests needs.
	Deploy bool
}

// The namespaces that the files are written for.
const (
	writtenFor        = "demo"
	writtenForGateway = "istio-system"
)

// YAML is the files of rbac, with their comments, for these namespaces.
func (r Roles) YAML() ([]byte, error) {
	folders := []string{"rbac"}
	if r.Watchdog {
		folders = append(folders, "rbac/watchdog")
	}
	if r.Deploy {
		folders = append(folders, "rbac/deploy")
	}
	var all [][]byte
	for _, folder := range folders {
		files, err := filesOf(folder)
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	text := string(bytes.Join(all, []byte("---\n")))
	return []byte(strings.NewReplacer(
		"namespace: "+writtenFor+"\n", "namespace: "+r.Namespace+"\n",
		"namespace: "+writtenForGateway+"\n", "namespace: "+r.Gateway+"\n",
		"name: headgate-"+writtenFor+"\n", "name: headgate-"+r.Namespace+"\n",
	).Replace(text)), nil
}

// filesOf are the files that a kustomization names.
func filesOf(folder string) ([][]byte, error) {
	data, err := Files.ReadFile(folder + "/kustomization.yaml")
	if err != nil {
		return nil, err
	}
	var k struct {
		Resources []string `json:"resources"`
	}
	if err := yaml.Unmarshal(data, &k); err != nil {
		return nil, fmt.Errorf("%s/kustomization.yaml: %w", folder, err)
	}
	var out [][]byte
	for _, name := range k.Resources {
		data, err := Files.ReadFile(folder + "/" + name)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
