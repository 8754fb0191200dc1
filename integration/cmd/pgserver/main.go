// Pgserver starts a PostgreSQL to try Sluice with, prints where it is, and stops
// it at Ctrl-C:
//
//	go run ./cmd/pgserver -version 18
//
// It takes the server by the first way of package servers that works.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sluice-proxy/sluice/integration/servers"
)

func main() {
	o := servers.Options{Log: os.Stderr, Settings: map[string]string{}}
	flag.IntVar(&o.Version, "version", 0, "wanted major `version`; 0 is any")
	flag.BoolVar(&o.TLS, "tls", false, "offer TLS with a certificate made for it")
	addrFile := flag.String("addr-file", "", "also write host:port to this `file`")
	flag.Func("set", "a server setting as `name=value`; may be repeated", func(arg string) error {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q is not name=value", arg)
		}
		o.Settings[name] = value
		return nil
	})
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	if err := run(ctx, o, *addrFile); err != nil {
		fmt.Fprintf(os.Stderr, "pgserver: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o servers.Options, addrFile string) error {
	s, err := servers.Postgres(ctx, o)
	if err != nil {
		return err
	}
	defer s.Stop()
	fmt.Printf("PostgreSQL %s\n", s.Version)
	fmt.Printf("address:  %s\n", s.Addr)
	fmt.Printf("account:  user %s, password %s; database %s asks for no password\n", s.User, s.Password, servers.TrustDatabase)
	fmt.Printf("try:      psql %s\n", s.URL(""))
	if addrFile != "" {
		if err := os.WriteFile(addrFile, []byte(s.Addr+"\n"), 0o644); err != nil {
			return err
		}
		defer os.Remove(addrFile)
	}
	fmt.Println("Ctrl-C stops it.")
	<-ctx.Done()
	return nil
}
