package cli

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// releaseFile is the value of -f where it names a release file. There is one:
// of two, the first would be dropped without a word.
type releaseFile string

// Decode reads the name.
func (f *releaseFile) Decode(ctx *kong.DecodeContext) error {
	var name string
	if err := ctx.Scan.PopValueInto("file", &name); err != nil {
		return err
	}
	if *f != "" {
		return fmt.Errorf("%s and %s: a rollout has one release file; manifests go with -k", *f, name)
	}
	*f = releaseFile(name)
	return nil
}
