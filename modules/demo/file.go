package demo

import _ "embed"

// File is the Release that the demo uses, a complete example.
//
//go:embed release.yaml
var File []byte
