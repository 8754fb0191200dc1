package servers

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// The account and the databases of every PostgreSQL that this package configures.
const (
	pgUser     = "postgres"
	pgPassword = "secret"
	pgDatabase = "postgres"

	// TrustDatabase asks no password of anybody who connects to it.
	TrustDatabase = "trustdb"
)

// Options says what kind of server is wanted. The zero value is any version,
// without TLS; PostgreSQL asks for SCRAM passwords, Redis for none.
type Options struct {
	// Version is the wanted major version; 0 takes the newest that the first
	// possible way has. A way that does not have it is passed over.
	Version int

	// Own passes over the server that the user names: what the caller does to it
	// nobody else would bear.
	Own bool

	// Log is told, in a line each, what was tried, what was taken and what could
	// not be had. Nil is silence.
	Log io.Writer

	// Settings are server settings (max_connections: 1100; for Redis directives,
	// requirepass: secret) that override the package's. A server named by the
	// user keeps its own; PostgreSQL's differences are logged.
	Settings map[string]string

	// HBA are lines for pg_hba.conf, matched before the package's own. Only
	// PostgreSQL has them.
	HBA []string

	// TLS makes a PostgreSQL offer TLS with a certificate for localhost and
	// 127.0.0.1 that is signed by [Server.CA]. Connections without TLS stay
	// possible.
	TLS bool
}

func (o Options) logf(format string, args ...any) {
	if o.Log != nil {
		fmt.Fprintf(o.Log, "servers: "+format+"\n", args...)
	}
}

// settings are the effective ones: the package's, overridden by the caller's.
func (o Options) settings() map[string]string {
	s := map[string]string{
		"password_encryption":       "scram-sha-256",
		"wal_level":                 "logical",
		"max_wal_senders":           "10",
		"max_replication_slots":     "10",
		"max_prepared_transactions": "10",
		"max_connections":           "200",
		"fsync":                     "off",
		"synchronous_commit":        "off",
		"full_page_writes":          "off",
		"ssl":                       "off",
	}
	if o.TLS {
		s["ssl"] = "on"
		s["ssl_cert_file"] = certFile
		s["ssl_key_file"] = keyFile
	}
	maps.Copy(s, o.Settings)
	return s
}

// postgresqlConf is what is appended to the server's own postgresql.conf; of two
// lines with one name the later counts.
func postgresqlConf(settings map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	return b.String()
}

// pgHBA is the whole pg_hba.conf; of the lines that match a connection the first
// counts.
func (o Options) pgHBA() string {
	lines := append(slices.Clone(o.HBA),
		"local all         all     trust",
		"host  "+TrustDatabase+" all all trust",
		"host  all         all all scram-sha-256",
		"host  replication all all scram-sha-256",
	)
	return strings.Join(lines, "\n") + "\n"
}
