package release_test

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/headgate-ci/headgate/modules/release"
)

// generateSchema makes the schema from the types, their tags and comments.
func generateSchema() ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, RequiredFromJSONSchemaTags: true, Mapper: written}
	if err := r.AddGoComments(reflect.TypeFor[release.Release]().PkgPath(), ".", jsonschema.WithFullComment()); err != nil {
		return nil, err
	}
	for name, comment := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(comment), " ")
	}
	s := r.Reflect(&release.Release{})
	s.Title = "Headgate Release"
	refine(s.Definitions)
	rename(s.Definitions)
	out, err := json.MarshalIndent(s, "", "  ")
	return append(out, '\n'), err
}

// written are the types that files write as text.
func written(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[release.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: `^\+?([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`, Examples: []any{"30s", "5m", "1h30m"}}
	case reflect.TypeFor[release.Percent]():
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]{1,3}(\.[0-9]{1,9})?%$`, Examples: []any{"1%", "0.5%"}}
	case reflect.TypeFor[release.Quantile]():
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]{1,2}(\.[0-9]{1,9})?%|p[0-9]{1,2}(\.[0-9]{1,9})?)$`, Examples: []any{"99%", "p99.9"}}
	}
	return nil
}

// refine adds what the types alone cannot say.
func refine(defs jsonschema.Definitions) {
	weight := &jsonschema.Schema{Type: "integer", Minimum: "1", Maximum: "100", Description: "The candidate's share of the traffic in percent."}
	object := *defs["Step"]
	object.Description, object.AnyOf = "", require("weight", "pause")
	defs["Step"] = &jsonschema.Schema{Description: defs["Step"].Description, OneOf: []*jsonschema.Schema{weight, &object}}
	list := *defs["Steps"]
	list.MinItems = new(uint64)
	*list.MinItems = 1
	defs["Steps"] = &jsonschema.Schema{Description: list.Description, OneOf: []*jsonschema.Schema{{Const: "auto"}, &list}}
	list.Description = ""
	defs["Gate"].OneOf = require("errors", "latency", "query")
	defs["Pause"].OneOf = require("for", "approval")
	defs["ErrorsGate"].AnyOf = require("max", "regression")
	defs["LatencyGate"].AnyOf = require("max", "regression")
	defs["QueryGate"].AnyOf = require("min", "max")
	defs["Prometheus"].OneOf = require("url", "service")
	defs["Candidate"].Not = &jsonschema.Schema{Required: []string{"image", "images"}}
}

// rename lets a description begin with the field as files spell it.
func rename(defs jsonschema.Definitions) {
	for _, def := range defs {
		if def.Properties == nil {
			continue
		}
		for field := def.Properties.Oldest(); field != nil; field = field.Next() {
			first, rest, _ := strings.Cut(field.Value.Description, " ")
			if strings.EqualFold(first, field.Key) {
				field.Value.Description = field.Key + " " + rest
			}
		}
	}
}

// require is one alternative for each field.
func require(names ...string) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, name := range names {
		out = append(out, &jsonschema.Schema{Required: []string{name}})
	}
	return out
}
