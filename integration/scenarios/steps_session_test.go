package scenarios_test

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgproto3"
)

// setting has the server report a parameter and send a notice, which belong to no exchange.
func (d *driver) setting(context.Context) error {
	m := d.mark()
	d.query("set application_name = "+m+"; drop table if exists "+m, m)
	return d.round()
}

func (d *driver) listening(context.Context) error {
	m := d.mark()
	d.query("listen "+m+"; notify "+m+", 'hello'", m)
	if err := d.round(); err != nil {
		return err
	}
	d.query("unlisten "+m, m)
	return d.round()
}

// function calls abs(integer) by its number.
func (d *driver) function(context.Context) error {
	x := d.open("command", "FunctionCall")
	d.add(x, &pgproto3.FunctionCall{Function: 1397, ArgFormatCodes: []uint16{1}, Arguments: [][]byte{binary.BigEndian.AppendUint32(nil, 7)}, ResultFormatCode: 1})
	return d.round()
}

// asleep starts a statement that sleeps, and waits until it does.
func (d *driver) asleep() (*entry, error) {
	m := d.mark()
	x := d.query("select sleeper() as "+m, m)
	if err := d.send(); err != nil {
		return nil, err
	}
	for typ := byte(0); typ != 'N'; {
		var err error
		if typ, err = d.read(); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (d *driver) cancelled(ctx context.Context) error {
	x, err := d.asleep()
	if err != nil {
		return err
	}
	x.Canceled = true
	p, err := d.cancel(ctx)
	if err != nil {
		return err
	}
	d.finished = append(d.finished, p)
	return d.rest()
}

// killed has the server end the session in the middle of a statement.
func (d *driver) killed(context.Context) error {
	if _, err := d.asleep(); err != nil {
		return err
	}
	if err := d.kill(d.pid); err != nil {
		return err
	}
	if err := d.rest(); err != nil {
		return err
	}
	return errGone
}
