package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// serve answers orders on the control socket until ctx ends.
func (s *supervisor) serve(ctx context.Context, end context.CancelCauseFunc) {
	for {
		conn, err := s.control.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				s.log.Error("no more orders", "error", err)
			}
			return
		}
		go s.converse(ctx, conn.(*net.UnixConn), end)
	}
}

// converse carries out one order.
func (s *supervisor) converse(ctx context.Context, conn *net.UnixConn, end context.CancelCauseFunc) {
	defer conn.Close() //nolint:errcheck // the client has its answer
	streams, err := receive(conn)
	if err != nil {
		s.log.Warn("order", "error", err)
		return
	}
	defer closeAll(streams)
	var r request
	in := json.NewDecoder(conn)
	if err := in.Decode(&r); err != nil {
		s.log.Warn("order", "error", err)
		return
	}
	if r.Op == opDown {
		end(errAsked)
		<-make(chan struct{}) // the connection ends with the environment
	}
	answer, err := s.carryOut(ctx, r, streams, in)
	if err != nil {
		answer.Error = err.Error()
	}
	_ = json.NewEncoder(conn).Encode(answer) // the client may be gone
}

func (s *supervisor) carryOut(ctx context.Context, r request, streams []*os.File, in *json.Decoder) (reply, error) {
	switch r.Op {
	case opRun:
		return s.run(ctx, r, streams, in)
	case opStop:
		return reply{}, s.plane.Processes().StopOne(r.Program, time.Second)
	case opStart:
		return reply{}, s.plane.Processes().Again(ctx, r.Program)
	default:
		return reply{}, fmt.Errorf("unknown order %q: was this environment brought up by another version of headgate?", r.Op)
	}
}

// receive takes the byte with which each connection begins, and the
// descriptors that came along.
func receive(conn *net.UnixConn) ([]*os.File, error) {
	first, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(3*4))
	_, n, _, _, err := conn.ReadMsgUnix(first, oob)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			closeAll(files)
			return nil, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "stream"))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // the process that uses it has its own
	}
}
