package release

import "embed"

//go:generate go test . -run TestSchemaIsFresh -update

// SchemaFile is the name of the schema's file in docs/schema.
const SchemaFile = "headgate.dev_v1_release.json"

// The schema is made from the types and their comments, which a program no
// longer has when it runs.
//
//go:embed headgate.dev_v1_release.json
var schemas embed.FS

// Schema is the JSON schema of a Release's file (draft 2020-12), for editors
// and other tools.
func Schema() ([]byte, error) { return schemas.ReadFile(SchemaFile) }
