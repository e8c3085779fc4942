package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// Version is set by the release build; otherwise the build's own information
// is used.
var Version = ""

// VersionCmd prints the version.
type VersionCmd struct{}

type versionInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints the version.
func (VersionCmd) Run(g *Globals, env *Env) error {
	v := buildVersion()
	return g.Output.print(env.Stdout, v, func(w io.Writer) error {
		line := "headgate " + v.Version
		if v.Commit != "" {
			line += " (" + v.Commit + ")"
		}
		_, err := fmt.Fprintf(w, "%s %s %s\n", line, v.Go, v.Platform)
		return err
	})
}

func buildVersion() versionInfo {
	v := versionInfo{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if v.Version == "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v.Commit = s.Value[:12]
		}
	}
	return v
}
