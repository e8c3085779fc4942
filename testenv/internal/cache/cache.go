// Package cache knows where the test environment keeps its files: what is
// built once, and what belongs to one environment. None of it is in the
// repository.
package cache

import (
	"fmt"
	"os"
	"path/filepath"
)

// Variable names the environment variable that moves everything elsewhere.
const Variable = "HEADGATE_CACHE"

// Root is the folder of everything.
func Root() (string, error) {
	if dir := os.Getenv(Variable); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("%s: %w", Variable, err)
		}
		return abs, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for caches: %w; set %s", err, Variable)
	}
	return filepath.Join(dir, "headgate"), nil
}

// Dir is a folder below Root; it is made when missing.
func Dir(parts ...string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(append([]string{root}, parts...)...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("cache: %w; set %s to a folder you can write to", err, Variable)
	}
	return dir, nil
}
