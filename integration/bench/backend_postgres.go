package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A postgresBackend has pgbench's tables and those of the scripts.
type postgresBackend struct {
	*servers.Server
	pgbench  string    // the program
	database string    // one that asks no password, if the server has such
	control  *pgx.Conn // to the server itself
}

func startPostgres(ctx context.Context, b *bench) (_ *postgresBackend, err error) {
	p := &postgresBackend{}
	if p.pgbench, err = servers.Program("pgbench"); err != nil {
		return nil, err
	}
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(b.dir, name+".sql"), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	p.Server, err = servers.Postgres(ctx, servers.Options{Log: b.log, Settings: map[string]string{
		"max_connections":    "1100",
		"shared_buffers":     "512MB",
		"autovacuum":         "off", // it would come in somebody's window
		"max_wal_size":       "8GB", // so would a checkpoint
		"checkpoint_timeout": "1h",
		"log_min_messages":   "fatal",
	}})
	if err != nil {
		return nil, err
	}
	if err := p.prepare(ctx, b); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// prepare fills the tables.
func (p *postgresBackend) prepare(ctx context.Context, b *bench) (err error) {
	p.database = servers.TrustDatabase
	if p.control, err = pgx.Connect(ctx, p.URL(p.database)); err != nil {
		p.database = p.Database
		b.logf("%v; connects will cost what the server's authentication costs", err)
		if p.control, err = pgx.Connect(ctx, p.URL(p.database)); err != nil {
			return err
		}
	}
	b.logf("filling pgbench's tables, scale %d", b.scale)
	out, err := p.command(ctx, b.dir, p.Addr, "-i", "-q", "-s", fmt.Sprint(b.scale)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pgbench -i: %w: %s", err, out)
	}
	for _, sql := range tables {
		if _, err := p.control.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	_, err = p.control.Exec(ctx, "checkpoint")
	return err
}

func (p *postgresBackend) settle(ctx context.Context) error {
	return settled(func() (n int, err error) {
		err = p.control.QueryRow(ctx, "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()").Scan(&n)
		return n, err
	})
}

// settled waits until a server has no connections but ours.
func settled(others func() (int, error)) error {
	for end := time.Now().Add(30 * time.Second); ; {
		n, err := others()
		if err != nil {
			return fmt.Errorf("the server: %w", err)
		}
		if n <= 0 || time.Now().After(end) {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (p *postgresBackend) about() *servers.Server { return p.Server }
func (p *postgresBackend) client() string         { return p.pgbench }

func (p *postgresBackend) close() {
	if p.control != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		// The server ends anyway.
		_ = p.control.Close(ctx)
	}
	p.Stop()
}
