# make demo    Sluice in front of a real server, a line per exchange, until Ctrl-C (or DEMO_SECONDS); PROTOCOL=postgres or redis
# make test    everything: unit, suite, fuzz seeds, integration against real servers
# make build   bin/sluice, static, with the parser of PostgreSQL's statements if there is a C compiler
# make check   what CI runs beside the tests: formatting, vet, lint, generated files
# make bench   the benchmark against HAProxy, PgBouncer, nutcracker and Envoy; writes docs/performance.md. BENCHFLAGS='-only redis' is Redis alone
# make fuzz    each fuzz target for FUZZTIME (default 10s; 20000x is a number of inputs)
# make long    the long proofs: 1 GB dump, 100,000 random statements, ten million fuzzed inputs
# make record  records the transcripts anew from the real servers that SLUICE_TEST_POSTGRES and SLUICE_TEST_REDIS name

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
FUZZTIME ?= 10s
PROTOCOL ?= postgres

.PHONY: build demo test check bench fuzz long record clean

build:
	@scripts/build $(VERSION)

demo: build
	cd integration && go run ./cmd/demo -sluice ../bin/sluice -protocol $(PROTOCOL)

test: build
	@scripts/test

check:
	@scripts/check

bench: build
	cd integration && go run ./bench -write ../docs/performance.md $(BENCHFLAGS)

fuzz:
	@FUZZTIME=$(FUZZTIME) scripts/fuzz

long: build
	FUZZTIME=20m scripts/fuzz
	SLUICE_LONG=1 go test -count=1 -timeout 3h ./proxy/...
	cd integration && SLUICE_LONG=1 go test -count=1 -timeout 3h ./...

record:
	@scripts/record

clean:
	rm -rf bin
