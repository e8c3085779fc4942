// Package k8s holds the manifests of this folder, so that the demo and the
// tests deploy the very files that a user can apply or copy.
package k8s

import "embed"

// Files are all manifests, by their path below this folder.
//
//go:embed base client istio monitoring overlays rbac
var Files embed.FS
