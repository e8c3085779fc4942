package release_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/release"
)

func TestStandardInput(t *testing.T) {
	t.Parallel()
	file := string(read(t, "testdata/common.yaml"))
	got, err := release.LoadFrom("-", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode(t, file), got); diff != "" {
		t.Error(diff)
	}
	_, err = release.LoadFrom("-", strings.NewReader(""))
	if err == nil || !strings.HasPrefix(err.Error(), "stdin: empty; ") {
		t.Errorf("an empty input: %v", err)
	}
}

// A file that is not there is told from one that is wrong, and the message says
// it once.
func TestFileThatIsNotThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), release.FileName)
	_, err := release.LoadFrom(path, nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), path+" does not exist; ") {
		t.Errorf("got %v", err)
	}
	var mistakes release.Errors
	if errors.As(err, &mistakes) {
		t.Error("counted as a mistake in the file")
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if _, err := release.Load(t.TempDir()); err == nil || !strings.HasPrefix(err.Error(), "read the Release ") {
		t.Errorf("a folder: %v", err)
	}
	broken := errors.New("the line is dead")
	if _, err := release.Read("stdin", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a stream that breaks: %v", err)
	}
}

func TestFileThatIsTooLarge(t *testing.T) {
	t.Parallel()
	file := string(read(t, "testdata/common.yaml")) + strings.Repeat("# padding\n", 1<<17)
	_, err := release.Read("f.yaml", strings.NewReader(file))
	if err == nil || !strings.HasPrefix(err.Error(), "f.yaml: larger than 1 MiB") {
		t.Errorf("got %v", err)
	}
}

// Aliases make a small file stand for billions of fields; it is refused before
// it takes the machine's memory.
func TestFileThatMeansTooMuch(t *testing.T) {
	t.Parallel()
	fields := strings.Repeat("x: 1, ", 1000)
	gates := strings.Repeat("*g, ", 1000)
	_, err := release.Decode("f.yaml", []byte(head+"spec: {gates: [&g {"+fields+"}, "+gates+"]}\n"))
	var mistakes release.Errors
	if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), "more than 5000 fields and items, which no Release has") {
		t.Fatalf("got %v", err)
	}
	if len(mistakes) > 6000 {
		t.Errorf("%d mistakes are listed", len(mistakes))
	}
}
