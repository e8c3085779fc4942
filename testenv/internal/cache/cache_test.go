package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/cache"
)

func TestVariableMovesEverything(t *testing.T) {
	root := filepath.Join(t.TempDir(), "elsewhere")
	t.Setenv(cache.Variable, root)
	dir, err := cache.Dir("a", "b")
	if err != nil || dir != filepath.Join(root, "a", "b") {
		t.Fatalf("got %s, %v", dir, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open to others: %v, %v", info, err)
	}
}

func TestFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(cache.Variable, file)
	if _, err := cache.Dir("a"); err == nil || !strings.Contains(err.Error(), cache.Variable) {
		t.Errorf("the error does not name the variable: %v", err)
	}
}

func TestVersionsNobodyUsesAreRemoved(t *testing.T) {
	t.Setenv(cache.Variable, t.TempDir())
	used := map[string]time.Duration{"old": 31 * 24 * time.Hour, "recent": 24 * time.Hour}
	for version, ago := range used {
		dir, err := cache.Dir("programs", version)
		if err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-ago)
		if err := os.Chtimes(dir, when, when); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := cache.Versioned("programs", "new")
	if err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{dir, filepath.Join(filepath.Dir(dir), "recent")}
	if !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}

func TestSecondWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unlock, err := cache.Lock(t.Context(), dir, func() { t.Error("nobody else has it") })
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	unlock2, err := cache.Lock(t.Context(), dir, func() {
		told++
		unlock()
	})
	if err != nil || told != 1 {
		t.Fatalf("told %d times, %v", told, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := cache.Lock(ctx, dir, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting cannot be given up: %v", err)
	}
	unlock2()
}
