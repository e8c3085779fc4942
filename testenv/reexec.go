package testenv

import (
	"os"

	"github.com/headgate-ci/headgate/testenv/internal/reexec"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// sampleCommand is the hidden command by which images of the sample service
// run this program.
const sampleCommand = "sample"

// Reexec plays the role for which this process was started, if it was started
// for one, and reports that; main then returns. It must be called before
// anything else is done.
func Reexec() bool {
	if len(os.Args) > 1 && os.Args[1] == sampleCommand {
		os.Exit(sample.Main(os.Args[2:]))
	}
	return reexec.Run()
}
