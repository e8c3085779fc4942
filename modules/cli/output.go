package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"

	"github.com/headgate-ci/headgate/modules/report"
)

// format is the value of -o.
type format string

// print writes v in the format asked for; text is how a person sees it.
func (f format) print(w io.Writer, v any, text func(io.Writer) error) error {
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
	default:
		return text(w)
	}
}
