// Command istiorender writes Istio's own objects, rendered from the charts
// that the Istio module carries, as YAML files into a folder.
//
// It is built with the other tools of the test environment, so that the
// objects always belong to the istiod that is built beside them. It needs no
// cluster: what depends on one environment is added when the objects are
// applied.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("out", "", "folder for crds.yaml and control.yaml; made when it is missing")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: istiorender -out FOLDER")
		os.Exit(2)
	}
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "istiorender:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	crds, err := render("base", nil)
	if err != nil {
		return err
	}
	control, err := render("istio-control/istio-discovery", discoveryValues)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	all := append(crds, control...)
	if err := write(out, "crds.yaml", pick(all, isCRD)); err != nil {
		return err
	}
	return write(out, "control.yaml", pick(all, isControl))
}
