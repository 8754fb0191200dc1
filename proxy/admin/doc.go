// Package admin is the HTTP server for whoever runs the proxy: metrics, statements, health.
//
// Start from [Server]. It knows no protocols and changes nothing; it has no authentication, so it listens on loopback or behind something that has.
// Statements are normalized, but names of tables, users and databases are to be seen.
package admin
