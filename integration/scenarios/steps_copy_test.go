package scenarios_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgproto3"
)

func rows(n int, end string) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "%d\tsome text\n", i)
	}
	b.WriteString(end)
	return b.Bytes()
}

func (d *driver) copyIn(context.Context) error {
	m := d.mark()
	d.query("create temp table "+m+" (id int, v text)", m)
	if err := d.round(); err != nil {
		return err
	}
	x := d.query("copy "+m+" from stdin", m)
	if err := d.send(); err != nil {
		return err
	}
	for typ := byte(0); typ != 'G'; {
		var err error
		if typ, err = d.read(); err != nil {
			return err
		}
	}
	for range d.rnd.IntN(5) {
		d.add(x, &pgproto3.CopyData{Data: rows(d.rnd.IntN(200), "")})
	}
	if d.rnd.IntN(4) == 0 {
		d.add(x, &pgproto3.CopyFail{Message: "changed my mind"})
	} else {
		d.ignored(x, &pgproto3.CopyDone{})
	}
	return d.round()
}

// copyInExtended does as libpq: a Sync with the Execute, which the server ignores, and one behind CopyDone.
func (d *driver) copyInExtended(context.Context) error {
	m := d.mark()
	d.query("create temp table "+m+" (id int, v text)", m)
	if err := d.round(); err != nil {
		return err
	}
	x := d.open("command", "Execute", m)
	d.add(x, &pgproto3.Parse{Query: "copy " + m + " from stdin"}, bind("", ""), &pgproto3.Execute{})
	d.ignored(x, &pgproto3.Sync{})
	if err := d.send(); err != nil {
		return err
	}
	for typ := byte(0); typ != 'G'; {
		var err error
		if typ, err = d.read(); err != nil {
			return err
		}
	}
	d.add(x, &pgproto3.CopyData{Data: rows(d.rnd.IntN(100), "")})
	d.ignored(x, &pgproto3.CopyDone{})
	d.add(x, &pgproto3.Sync{})
	return d.round()
}

// copyInFails sends all data ahead; the server finds a mistake in the middle.
func (d *driver) copyInFails(context.Context) error {
	m := d.mark()
	d.query("create temp table "+m+" (id int, v text)", m)
	if err := d.round(); err != nil {
		return err
	}
	x := d.query("copy "+m+" from stdin", m)
	d.add(x, &pgproto3.CopyData{Data: rows(5, "no number\tat all\n")}, &pgproto3.CopyData{Data: rows(20, "")})
	d.ignored(x, &pgproto3.CopyDone{})
	return d.round()
}

func (d *driver) copyOut(context.Context) error {
	m := d.mark()
	d.query(fmt.Sprintf("copy (select g as %s, 'text' from generate_series(1, %d) g) to stdout", m, d.rnd.IntN(2000)), m)
	return d.round()
}
