package supervisor

import "github.com/headgate-ci/headgate/testenv/internal/progress"

// message is what a starting supervisor tells the process that started it, one
// JSON document a line.
type message struct {
	Progress *progress.Event `json:",omitempty"`
	Ready    bool            `json:",omitempty"`
	Error    string          `json:",omitempty"`
}

// request is the first thing said on a connection to a running supervisor.
type request struct {
	Op      string
	Program string   `json:",omitempty"` // of stop and start
	Argv    []string `json:",omitempty"` // of run, as the next two
	Env     []string `json:",omitempty"`
	Dir     string   `json:",omitempty"`
}

// What can be asked for.
const (
	opDown  = "down"  // end the environment
	opStop  = "stop"  // stop one program
	opStart = "start" // start it again
	opRun   = "run"   // run a command; the streams come along as descriptors
)

// signalled is what a client says while its command runs.
type signalled struct{ Signal int }

// reply ends a connection.
type reply struct {
	Exit  int    `json:",omitempty"` // exit code of a command
	Error string `json:",omitempty"`
}
