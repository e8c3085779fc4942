package plane

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

func TestServersAreTrustedAtTheirAddresses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	if err := makePKI(dir, nil); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("the authority's certificate cannot be read")
	}
	for _, c := range []struct {
		file, name string
		usage      x509.ExtKeyUsage
	}{
		{"apiserver", "127.0.0.1", x509.ExtKeyUsageServerAuth},
		{"apiserver", NodeIP, x509.ExtKeyUsageServerAuth},
		{"apiserver", APIServerIP, x509.ExtKeyUsageServerAuth},
		{"apiserver", "kubernetes.default.svc", x509.ExtKeyUsageServerAuth},
		{"kubelet", NodeIP, x509.ExtKeyUsageServerAuth},
		{"admin", "", x509.ExtKeyUsageClientAuth},
		{"kubelet-client", "", x509.ExtKeyUsageClientAuth},
	} {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, c.file+".crt"), filepath.Join(dir, c.file+".key"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: c.name, KeyUsages: []x509.ExtKeyUsage{c.usage}})
		if err != nil {
			t.Errorf("%s at %q: %v", c.file, c.name, err)
		}
	}
}

func TestKubeconfigCanBeCopied(t *testing.T) {
	t.Parallel()
	p, err := New(Config{Dir: t.TempDir(), Bind: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := p.Kubeconfig(path, "admin", "https://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(p.cfg.Dir); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://127.0.0.1:1" || len(config.CAData) == 0 {
		t.Errorf("host %s, authority of %d bytes", config.Host, len(config.CAData))
	}
	if _, err := tls.X509KeyPair(config.CertData, config.KeyData); err != nil {
		t.Errorf("certificate and key: %v", err)
	}
}

func TestCopyKeepsContentAndSize(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	files := map[string][]byte{
		"wal/reserved": append([]byte("entry"), make([]byte, 1<<22)...),
		"hole":         append(make([]byte, 1<<20), 1),
		"empty":        {},
		"odd":          bytes.Repeat([]byte("x"), 1<<16+1),
	}
	for name, data := range files {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, or other ones; %v", name, len(got), len(want), err)
		}
	}
}
