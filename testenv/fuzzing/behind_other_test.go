//go:build !unix

package fuzzing

func behind() error { return nil }
