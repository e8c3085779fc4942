package binaries

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestToolIsBuiltOnceFromItsOwnModule(t *testing.T) {
	t.Setenv("HEADGATE_CACHE", t.TempDir())
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":            "module example.com/tools\n\ngo 1.26\n",
		"go.sum":            "",
		"cmd/hello/main.go": "package main\n\nfunc main() { println(\"hello\") }\n",
	} {
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tool := Tool{Dir: dir, Module: "example.com/tools", Package: "cmd/hello"}
	built, err := EnsureTool(t.Context(), tool, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(built.Program).CombinedOutput(); err != nil || string(out) != "hello\n" {
		t.Errorf("it says %q, %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(built.Source, "cmd", "hello", "main.go")); err != nil {
		t.Errorf("the module's files are not in %s: %v", built.Source, err)
	}
	before, err := os.Stat(built.Program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := EnsureTool(t.Context(), tool, nil); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(built.Program); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("it was built again: %v", err)
	}
}

func TestToolWithoutAModule(t *testing.T) {
	t.Setenv("HEADGATE_CACHE", t.TempDir())
	_, err := EnsureTool(t.Context(), Tool{Dir: t.TempDir(), Module: "example.com/tools", Package: "x"}, nil)
	if err == nil || !strings.Contains(err.Error(), "go.mod") {
		t.Errorf("the error does not name what is missing: %v", err)
	}
}
