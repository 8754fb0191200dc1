package servers

import (
	"context"
	"strings"

	"github.com/testcontainers/testcontainers-go"
)

// contained starts PostgreSQL's official image in a container.
func contained(ctx context.Context, o Options) (*Server, error) {
	image, err := chooseImage(ctx, o, imageTags("postgres", o.Version, 18, 17, 16, 15, 14))
	if err != nil {
		return nil, err
	}
	ca, files, err := containerFiles(o)
	if err != nil {
		return nil, err
	}
	s := &Server{Product: productPostgres, User: pgUser, Password: pgPassword, Database: pgDatabase, CA: ca}
	// While the entry point runs the scripts the server does not listen on TCP,
	// so that the first answer is the real server's.
	err = s.runContainer(ctx, o, image, "5432", answers,
		testcontainers.WithEnv(map[string]string{"POSTGRES_USER": pgUser, "POSTGRES_PASSWORD": pgPassword, "POSTGRES_DB": pgDatabase}),
		testcontainers.WithFiles(files...),
	)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// containerFiles are the configuration and a script that the image's entry point
// runs, as the server's account, between initdb and the start.
func containerFiles(o Options) (ca []byte, files []testcontainers.ContainerFile, err error) {
	const inside = "/sluice/"
	add := func(path, content string, mode int64) {
		files = append(files, testcontainers.ContainerFile{Reader: strings.NewReader(content), ContainerFilePath: path, FileMode: mode})
	}
	script := []string{
		"set -e",
		"cat " + inside + "postgresql.conf >> \"$PGDATA/postgresql.conf\"",
		"cat " + inside + "pg_hba.conf > \"$PGDATA/pg_hba.conf\"",
	}
	add(inside+"postgresql.conf", postgresqlConf(o.settings()), 0o644)
	add(inside+"pg_hba.conf", o.pgHBA(), 0o644)
	if o.TLS {
		cert, err := newCertificate()
		if err != nil {
			return nil, nil, err
		}
		ca = cert.ca
		add(inside+certFile, string(cert.cert), 0o644)
		add(inside+keyFile, string(cert.key), 0o644)
		script = append(script,
			"cp "+inside+certFile+" "+inside+keyFile+" \"$PGDATA\"",
			"chmod 600 \"$PGDATA/"+keyFile+"\"")
	}
	add("/docker-entrypoint-initdb.d/sluice.sh", strings.Join(script, "\n")+"\n", 0o644)
	return ca, files, nil
}
