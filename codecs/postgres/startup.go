package postgres

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/wire"
	"github.com/sluice-proxy/sluice/metadata"
)

// The codes that stand where a startup packet has its version. PostgreSQL 18, 54.7.
const (
	codeCancel = 1234<<16 | 5678
	codeSSL    = 1234<<16 | 5679
	codeGSS    = 1234<<16 | 5680
)

const (
	// maxStartup is the longest startup packet that servers take. PostgreSQL 18, src/include/libpq/pqcomm.h: MAX_STARTUP_PACKET_LENGTH.
	maxStartup = 10000
	maxKey     = 256 // of a cancel; PostgreSQL 18, 54.7 "CancelRequest"
	// clientHello is the first byte of a TLS record that carries a handshake: TLS without SSLRequest, PostgreSQL 17 and later.
	clientHello = 0x16
)

// startup decodes the packets without a type byte.
func (d *decoder) startup(p []byte) (int, *codecs.Message, error) {
	const dir = codecs.FromClient
	f := &d.frames[dir]
	if d.state == stateCanceling {
		return 0, nil, d.fail(dir, "", codecs.ErrMalformed)
	}
	if f.AtBoundary() && p[0] == clientHello {
		return 0, nil, d.fail(dir, "ClientHello", codecs.ErrUnsupported)
	}
	head := f.Need(p, 4)
	if head == nil {
		return len(p), nil, nil
	}
	size, ok := wire.Length(wire.Uint32(head), 0)
	if !ok || size < 8 || size > maxStartup {
		return 0, nil, d.fail(dir, "StartupMessage", codecs.ErrMalformed)
	}
	b := f.Need(p, int(size))
	if b == nil {
		return len(p), nil, nil
	}
	m := d.message(dir, &row{})
	if err := d.packet(m, wire.Uint32(b[4:]), b[8:]); err != nil {
		return 0, nil, err
	}
	var n int
	m.Start, m.End, n = f.Finish(p, size)
	return n, m, nil
}

func (d *decoder) packet(m *codecs.Message, code uint32, b []byte) error {
	const dir = codecs.FromClient
	d.upgrade = 0 // another packet: what asked for encryption before was answered with no
	switch code {
	case codeSSL, codeGSS:
		m.Kind, m.Name, d.upgrade = codecs.Upgrade, "SSLRequest", 'S'
		if code == codeGSS {
			m.Name, d.upgrade = "GSSENCRequest", 'G'
		}
		if len(b) != 0 {
			return d.fail(dir, m.Name, codecs.ErrMalformed)
		}
	case codeCancel:
		m.Kind, m.Name = codecs.Cancel, "CancelRequest"
		if len(b) < 5 || len(b) > 4+maxKey {
			return d.fail(dir, m.Name, codecs.ErrMalformed)
		}
		m.Token = b
		m.Exchange, m.Purpose = d.open(codecs.Canceling), codecs.Canceling
		d.end(m, m.Exchange) // nothing answers it
		d.state = stateCanceling
	default:
		m.Kind, m.Name = codecs.Startup, "StartupMessage"
		if code>>16 != 3 {
			return d.fail(dir, m.Name, codecs.ErrUnsupported)
		}
		m.Exchange, m.Purpose = d.open(codecs.Connect), codecs.Connect
		d.parameters(&m.Meta, code&0xffff, b)
		d.queue.push(entry{exchange: m.Exchange, req: reqStartup})
		d.state = stateAuth
	}
	return nil
}

// parameters takes what is wanted from a StartupMessage. Of parameters given twice the last one counts, as for the server.
func (d *decoder) parameters(meta *metadata.Set, minor uint32, b []byte) {
	meta.PutString(ProtocolVersion, version(minor))
	var user, database []byte
	for r := wire.Read(b); r.Len() > 1; {
		name, value := r.CString(), r.CString()
		if !r.OK() {
			break
		}
		switch string(name) {
		case "user":
			user = value
		case "database":
			database = value
		case "application_name":
			meta.PutString(metadata.Application, string(value))
		case "options":
			meta.PutBool(Options, len(value) > 0)
		case "replication":
			if kind := replication(value); kind != "" {
				meta.PutString(Replication, kind)
			}
		default:
			if bytes.HasPrefix(name, []byte("_pq_.")) {
				meta.PutBool(ProtocolExtension, true)
			}
		}
	}
	if len(database) == 0 {
		database = user
	}
	// Servers cut both to the length of a name. PostgreSQL 18, src/backend/tcop/backend_startup.c.
	user, database = user[:min(len(user), maxName)], database[:min(len(database), maxName)]
	d.user = string(user)
	meta.PutString(metadata.ClaimedUser, d.user)
	meta.PutString(metadata.Namespace, string(database))
}

func version(minor uint32) string {
	switch minor {
	case 0:
		return "3.0"
	case 2:
		return "3.2"
	case 9999:
		return "3.9999" // asked for by clients that test whether servers negotiate
	}
	return "3.x"
}

// replication gives the kind of replication that the value of the parameter asks for, a boolean or "database"; "" for none.
func replication(v []byte) string {
	if string(v) == "database" {
		return "database"
	}
	s := string(bytes.ToLower(v))
	for _, yes := range [...]string{"true", "yes"} {
		if len(s) > 0 && len(s) <= len(yes) && yes[:len(s)] == s {
			return "physical"
		}
	}
	if s == "on" || s == "1" {
		return "physical"
	}
	return ""
}
