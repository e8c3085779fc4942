package cli

import "github.com/headgate-ci/headgate/modules/release"

// SchemaCmd prints the JSON schema of headgate.yaml.
type SchemaCmd struct{}

// Run prints the schema; editors take it from a file or a URL.
func (SchemaCmd) Run(env *Env) error {
	data, err := release.Schema()
	if err != nil {
		return err
	}
	_, err = env.Stdout.Write(data)
	return err
}
