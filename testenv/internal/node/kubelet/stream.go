package kubelet

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// idle is how long a stream may be silent.
const idle = 4 * time.Hour

func (s server) portForward(w http.ResponseWriter, r *http.Request, pod Pod) {
	opts, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(w, r, forwarder{pod}, r.PathValue("pod"), r.PathValue("uid"), opts,
		idle, remotecommand.DefaultStreamCreationTimeout, portforward.SupportedProtocols)
}

// forwarder joins a stream and a connection inside the Pod.
type forwarder struct{ pod Pod }

func (f forwarder) PortForward(ctx context.Context, _, _ string, port int32, stream io.ReadWriteCloser) error {
	conn, err := f.pod.Dial(ctx, port)
	if err != nil {
		return fmt.Errorf("forward to port %d: %w", port, err)
	}
	defer conn.Close() //nolint:errcheck // nobody is left to hear of it
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.Copy(conn, stream) // ends with either side
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite() // the other direction goes on
		}
	}()
	_, err = io.Copy(stream, conn)
	_ = stream.Close() // and so ends the other direction
	<-sent
	return err
}

func (s server) exec(w http.ResponseWriter, r *http.Request, pod Pod) {
	opts, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeExec(w, r, executor{pod}, r.PathValue("pod"), r.PathValue("uid"), r.PathValue("container"),
		r.URL.Query()["command"], opts, idle, remotecommand.DefaultStreamCreationTimeout, remotecommand.SupportedStreamingProtocols)
}

// executor runs a command between streams.
type executor struct{ pod Pod }

func (e executor) ExecInContainer(ctx context.Context, _, _, container string, argv []string, in io.Reader, out, errs io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	streams := sandbox.Stdio{In: in}
	if out != nil {
		streams.Out = out
	}
	if errs != nil {
		streams.Err = errs
	}
	if tty {
		streams.Resize = sizes(ctx, resize)
	}
	exit, err := e.pod.Exec(ctx, container, argv, streams)
	if err == nil && exit.Code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("command exited with %d", exit.Code), Code: exit.Code}
	}
	return err
}

func sizes(ctx context.Context, in <-chan remotecommand.TerminalSize) <-chan sandbox.Size {
	out := make(chan sandbox.Size)
	go func() {
		defer close(out)
		for size := range in {
			select {
			case out <- sandbox.Size{Width: size.Width, Height: size.Height}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

var (
	_ portforward.PortForwarder = forwarder{}
	_ remotecommand.Executor    = executor{}
)
