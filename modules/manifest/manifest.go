// Package manifest turns what users keep in files into objects, compares them
// with what a cluster has, and applies them: plain YAML, folders and
// kustomizations, with images and variables put in on the way.
package manifest
