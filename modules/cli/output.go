package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/junit"
	"github.com/headgate-ci/headgate/modules/report/markdown"
	"github.com/headgate-ci/headgate/modules/screen"
	"github.com/headgate-ci/headgate/modules/session"
)

// format is the value of -o.
type format string

// machine says that the format is for a program.
func (f format) machine() bool { return f == "json" || f == "yaml" }

// print writes v in the format asked for; text is how a person sees it.
func (f format) print(w io.Writer, v any, text func(io.Writer) error) error {
	if d, ok := w.(*document); ok {
		if err := d.keep(v); err != nil {
			return err
		}
	}
	switch f {
	case "json":
		return report.JSON(w, v)
	case "yaml":
		data, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode the result: %w", err)
		}
		out, err := yaml.JSONToYAML(data)
		if err != nil {
			return fmt.Errorf("encode the result: %w", err)
		}
		_, err = w.Write(out)
		return err
	case "markdown":
		return f.result(w, v, markdown.Write)
	case "junit":
		return f.result(w, v, junit.Write)
	default:
		return text(w)
	}
}

// result writes what is a rollout's result, or has one.
func (f format) result(w io.Writer, v any, write func(io.Writer, report.Result) error) error {
	switch v := v.(type) {
	case report.Result:
		return write(w, v)
	case session.StatusDocument:
		return write(w, v.Result)
	}
	return usageError("-o %s is for the result of a rollout; this command has text, json and yaml", f)
}

func textOf(on screen.Screen, res report.Result) func(io.Writer) error {
	return func(w io.Writer) error { return report.Text(w, on, res) }
}
