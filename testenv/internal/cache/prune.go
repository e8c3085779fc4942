package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// kept is how long something stays that nobody uses.
const kept = 30 * 24 * time.Hour

// Versioned is Dir for one version of something, such as the programs of one
// content. Versions that nobody has asked for in a month are removed: each may
// be half a gigabyte.
func Versioned(kind, version string) (string, error) {
	dir, err := Dir(kind, version)
	if err != nil {
		return "", err
	}
	now := time.Now()
	if err := os.Chtimes(dir, now, now); err != nil {
		return "", fmt.Errorf("cache: %w", err)
	}
	return dir, prune(filepath.Dir(dir), now.Add(-kept))
}

// prune removes the folders in a folder that were last used before a time.
func prune(dir string, before time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // used, or removed by somebody else
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("cache: %w", err)
		}
	}
	return nil
}
