// Package configs turns a short YAML file into a running proxy.
//
// Start from [Load], which reads a file, and [Start], which makes an [Instance] of what it says. A [Config] can be made by a program as well: the
// zero value of each field stands for its default, which the field's comment gives.
//
// Reading is strict. A key that isn't known, a value without its unit and a name that leads nowhere are errors, all of them are found in one go, and each
// says its file, line and path and how to mend it; see [Problems]. Strings may take secrets from the environment, ${NAME} or ${NAME:-default}.
//
// The comments of the types here are the documentation: schema.json, which editors complete from, is made of them, and a test keeps it fresh.
// The folder examples has a file for each use, and a test starts each of them.
package configs
