package plane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
)

// clients are the users of the control plane, as RBAC's built-in rules know
// them, by the name of their files.
var clients = map[string]subject{
	"admin":              {name: "headgate-admin", group: "system:masters"},
	"controller-manager": {name: "system:kube-controller-manager", group: "system:masters"},
	"scheduler":          {name: "system:kube-scheduler"},
	"kubelet-client":     {name: "kube-apiserver-kubelet-client", group: "system:masters"},
	"proxy-client":       {name: "front-proxy-client"},
}

// servers are those who present a certificate, likewise.
var servers = map[string]subject{
	"apiserver": {
		name:  "kube-apiserver",
		names: []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
		ips:   []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(NodeIP), net.ParseIP(APIServerIP)},
	},
	"kubelet": {name: NodeName, names: []string{NodeName}, ips: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(NodeIP)}},
}

// makePKI writes a control plane's certificates and keys into a folder. A
// further address of the API server may be nil.
func makePKI(dir string, address net.IP) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ca, err := newAuthority("headgate-testenv")
	if err != nil {
		return err
	}
	for _, all := range []map[string]subject{clients, servers} {
		for name, s := range all {
			if name == "apiserver" && address != nil {
				s.ips = append(slices.Clone(s.ips), address)
			}
			p, err := ca.issue(s)
			if err != nil {
				return err
			}
			if err := p.write(dir, name); err != nil {
				return err
			}
		}
	}
	if err := writeServiceAccountKey(dir); err != nil {
		return err
	}
	return ca.write(dir, "ca") // last: it stands for all of them
}

// writeServiceAccountKey makes the key that signs the tokens of service
// accounts.
func writeServiceAccountKey(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("key of service accounts: %w", err)
	}
	for name, block := range map[string]*pem.Block{
		"sa.key": {Type: "PRIVATE KEY", Bytes: private},
		"sa.pub": {Type: "PUBLIC KEY", Bytes: public},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}
