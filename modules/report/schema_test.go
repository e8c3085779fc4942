package report_test

import (
	"bytes"
	"testing"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/report/internal/sample"
	"github.com/headgate-ci/headgate/modules/report/schematest"
)

func TestTheSchemaOfResultsIsFresh(t *testing.T) {
	schematest.Fresh(t, "../../docs/schema/headgate.dev_v1_result.json", "Headgate result", report.Result{}, *update, ".", "../evidence")
}

// What every command prints with -o json is what docs/reports.md and the schema
// say, no more and no less.
func TestResultsAreAsTheirSchemaSays(t *testing.T) {
	t.Parallel()
	for name, res := range map[string]report.Result{
		"promoted": sample.Promoted(), "rolled back": sample.RolledBack(), "held": sample.Held(),
		"unfinished": sample.Unfinished(), "crashed": sample.Crashed(), "hostile": sample.Hostile(),
	} {
		var b bytes.Buffer
		if err := report.JSON(&b, res); err != nil {
			t.Fatal(err)
		}
		if err := schematest.Judge(t, report.Result{}, b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
