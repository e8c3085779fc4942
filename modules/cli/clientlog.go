package cli

import (
	"flag"
	"io"

	"k8s.io/klog/v2"
)

// muteClient keeps what client-go says to itself out of the user's terminal: whatever
// matters of it is in the error that it returns, which is told in Headgate's
// words.
func muteClient() {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{"logtostderr": "false", "alsologtostderr": "false", "stderrthreshold": "FATAL"} {
		_ = flags.Set(name, value) // the names are klog's own
	}
	klog.SetOutput(io.Discard)
}
