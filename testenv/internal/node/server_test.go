package node_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/reexec"
)

// serverRole is the program of the tests' Pods: this test binary again.
const serverRole = "test-server"

func init() { reexec.Register(serverRole, serve) }

// serve answers HTTP on $LISTEN with what a test wants to know of its Pod.
func serve() {
	var sick atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/name", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, os.Getenv("NAME")) })
	mux.HandleFunc("/from", func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		_, _ = io.WriteString(w, host)
	})
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		if sick.Load() {
			http.Error(w, "sick", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/sick", func(_ http.ResponseWriter, r *http.Request) { sick.Store(r.URL.RawQuery == "yes") })
	mux.HandleFunc("/fetch", func(w http.ResponseWriter, r *http.Request) {
		client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get(r.URL.Query().Get("url"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close() //nolint:errcheck // it was only read
		_, _ = io.Copy(w, resp.Body)
	})
	listen := os.Getenv("LISTEN")
	if listen == "" {
		listen = ":8080"
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() { _ = http.Serve(l, mux) }() // until the process ends
	fmt.Println("listening on", listen)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	fmt.Println("terminated")
}
