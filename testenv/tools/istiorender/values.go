package main

import _ "embed"

// discoveryValues are the settings of the istiod chart.
//
//go:embed values.yaml
var discoveryValues []byte
