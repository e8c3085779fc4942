package testenv_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/testenv"
)

func TestAddressesThatCannotBe(t *testing.T) {
	t.Parallel()
	for reason, address := range map[string]string{
		"a name": "localhost", "of the other kind": "::1", "with a port": "127.0.0.1:80",
	} {
		_, err := testenv.Up(t.Context(), testenv.Options{Name: unique("address"), Address: address})
		if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "IPv4") {
			t.Errorf("%s: got %v", reason, err)
		}
	}
}

// A mesh that others are to reach listens at the address and the ports that
// they were told, and its certificate is good for it.
func TestReachedWhereItWasAsked(t *testing.T) {
	t.Parallel()
	needMesh(t)
	const address = "127.0.0.2"
	port := freePort(t, address)
	env, err := testenv.Up(t.Context(), testenv.Options{
		Name: unique("reached"), Owned: true, Address: address, Ports: testenv.Ports{API: port},
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- env.Wait(context.Background()) }()
	if want := (&net.TCPAddr{IP: net.ParseIP(address), Port: port}).String(); env.APIServer != "https://"+want {
		t.Errorf("the API server is at %s, want %s", env.APIServer, want)
	}
	if v, err := client(t, env).Discovery().ServerVersion(); err != nil || v.Major != "1" {
		t.Errorf("version %v, %v", v, err)
	}
	for _, url := range []string{env.Gateway, env.Prometheus} {
		if !strings.HasPrefix(url, "http://"+address+":") {
			t.Errorf("%s is not at %s", url, address)
		}
	}
	if err := env.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("its owner takes an end in order for %v", err)
	}
}

func freePort(t *testing.T, address string) int {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.ParseIP(address)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // of the test
	return l.Addr().(*net.TCPAddr).Port
}
