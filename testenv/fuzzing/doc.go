// Package fuzzing plays the repository's fuzz targets for a while, so that CI
// does more than repeat the inputs that are kept in their corpora. It has tests
// only.
package fuzzing
