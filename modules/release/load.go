package release

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

// FileName is what a Release's file is called where nothing else is said.
const FileName = "headgate.yaml"

// Load reads a Release from a file; see Decode.
func Load(path string) (*Release, error) {
	file, err := os.Open(path) //nolint:gosec // the user names the file to be read
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the Release: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	return Read(path, file)
}

// missing is the path of a file that is not there; it is fs.ErrNotExist.
type missing string

func (m missing) Error() string      { return string(m) + " does not exist; name another file" }
func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// LoadFrom is Load, with "-" for standard input.
func LoadFrom(path string, stdin io.Reader) (*Release, error) {
	if path == "-" {
		return Read("stdin", stdin)
	}
	return Load(path)
}

// Read reads a Release to the end of the stream; see Decode.
func Read(name string, from io.Reader) (*Release, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the Release %s: %w", name, err)
	}
	return Decode(name, data)
}

// Is says that a file holds a Release, whether a good one or not.
func Is(path string) bool {
	data, err := os.ReadFile(path) //nolint:gosec // the user names the file to be read
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err != nil || yaml.Unmarshal(data, &head) != nil {
		return false
	}
	group, _, _ := strings.Cut(APIVersion, "/")
	return head.Kind == Kind && strings.HasPrefix(head.APIVersion, group+"/")
}
