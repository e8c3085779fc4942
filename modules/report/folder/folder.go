// Package folder keeps a Result as the files that people and CI systems read.
// They are replaced as a whole and never half written, and may be refreshed as
// often as one likes: a job that is killed leaves the last state.
package folder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/dotenv"
	"github.com/headgate-ci/headgate/modules/report/junit"
	"github.com/headgate-ci/headgate/modules/report/markdown"
	"github.com/headgate-ci/headgate/modules/report/openmetrics"
	"github.com/headgate-ci/headgate/modules/report/page"
)

// The names of the files.
const (
	JSON     = "report.json"
	Markdown = "report.md"
	HTML     = "report.html"
	JUnit    = "junit.xml"
	Metrics  = "metrics.txt"
	Dotenv   = "headgate.env"
)

// Folder is where the files are.
type Folder struct{ path string }

// Open makes the folder where it is missing, and finds out that it can be
// written to before anything depends on it.
func Open(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil { //nolint:gosec // CI systems collect it as another user
		return nil, fmt.Errorf("make the report's folder: %w", err)
	}
	probe, err := os.CreateTemp(path, ".headgate-*")
	if err != nil {
		return nil, fmt.Errorf("the report's folder cannot be written to: %w", err)
	}
	return &Folder{path: path}, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// Write writes every file. exitCode is what the process ends with, or would.
func (f *Folder) Write(r report.Result, exitCode int) error {
	var errs []error
	for name, write := range map[string]func(io.Writer) error{
		JSON:     func(w io.Writer) error { return report.JSON(w, r) },
		Markdown: func(w io.Writer) error { return markdown.Write(w, r) },
		HTML:     func(w io.Writer) error { return page.Write(w, r) },
		JUnit:    func(w io.Writer) error { return junit.Write(w, r) },
		Metrics:  func(w io.Writer) error { return openmetrics.Write(w, r) },
		Dotenv:   func(w io.Writer) error { return dotenv.Write(w, r, exitCode) },
	} {
		if err := f.replace(name, write); err != nil {
			errs = append(errs, fmt.Errorf("write %s: %w", filepath.Join(f.path, name), err))
		}
	}
	return errors.Join(errs...)
}

// replace writes beside the file and then takes its place.
func (f *Folder) replace(name string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(f.path, "."+name+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone already when all went well
	if err := errors.Join(write(tmp), tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(f.path, name))
}
