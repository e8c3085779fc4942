package cli

import (
	"fmt"
	"io"

	"github.com/headgate-ci/headgate/modules/journal"
)

// asked is what a command tells that has left a request with the driver and does
// not wait for what comes of it.
type asked struct {
	Namespace string          `json:"namespace"`
	Release   string          `json:"release"`
	Request   journal.Request `json:"request"`
	Driver    string          `json:"driver"`
}

func (a asked) print(g *Globals, env *Env) error {
	return g.Output.print(env.Stdout, a, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "asked %s to %s %s/%s\n", a.Driver, a.words(), a.Namespace, a.Release)
		return err
	})
}

func (a asked) words() string {
	if a.Request == journal.RequestResume {
		return "go on with"
	}
	return string(a.Request)
}
