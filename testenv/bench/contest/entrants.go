package contest

import (
	"embed"
	"fmt"
	"time"

	"sigs.k8s.io/yaml"
)

//go:embed settings/*.yaml manifests/*.yaml
var files embed.FS

// Entrants are all tools at all their settings.
func Entrants() ([]Entrant, error) {
	list := []Entrant{
		{Tool: "headgate", Speed: "default", Limit: 25 * time.Minute, driver: headgate{}},
		{Tool: "flagger", Speed: "fastest", Limit: 10 * time.Minute, driver: flagger{}},
		{Tool: "argo", Speed: "fastest", Limit: 10 * time.Minute, driver: argo{}},
		{Tool: "flagger", Speed: "documented", Limit: 20 * time.Minute, driver: flagger{}},
		{Tool: "argo", Speed: "documented", Limit: 20 * time.Minute, driver: argo{}},
	}
	for i, e := range list {
		text, err := files.ReadFile("settings/" + e.Name() + ".yaml")
		if err != nil {
			return nil, err
		}
		list[i].Settings = string(text)
	}
	return list, nil
}

// Name is the tool with its settings: flagger-documented.
func (e Entrant) Name() string { return e.Tool + "-" + e.Speed }

// settings are the entrant's as an object.
func (e Entrant) settings() (map[string]any, error) {
	var out map[string]any
	if err := yaml.Unmarshal([]byte(e.Settings), &out); err != nil {
		return nil, fmt.Errorf("settings of %s: %w", e.Name(), err)
	}
	return out, nil
}
