package configs

import _ "embed" // for schema.json

// schema is made of the types in config.go and of their comments: go test ./configs -run TestSchema -update
//
//go:embed schema.json
var schema string

// Schema gives the JSON Schema of the configuration, which editors complete and check from.
func Schema() string { return schema }
