package postgres_test

import (
	"encoding/binary"
	"strings"
)

// What clients and servers send, as strings: tests put them together.

func msg(typ byte, parts ...string) string {
	body := strings.Join(parts, "")
	return string(typ) + u32(len(body)+4) + body
}

func packet(parts ...string) string {
	body := strings.Join(parts, "")
	return u32(len(body)+4) + body
}

func u32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
func u16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }

func startup(minor int, params ...string) string {
	return packet(u32(3<<16|minor), strings.Join(params, "\x00"), "\x00\x00")
}

func query(text string) string             { return msg('Q', text, "\x00") }
func parse(name, text string) string       { return msg('P', name, "\x00", text, "\x00", u16(0)) }
func describe(kind byte, n string) string  { return msg('D', string(kind), n, "\x00") }
func closing(kind byte, n string) string   { return msg('C', string(kind), n, "\x00") }
func execute(portal string, n int) string  { return msg('E', portal, "\x00", u32(n)) }
func tag(s string) string                  { return msg('C', s, "\x00") }
func setting(name, value string) string    { return msg('S', name, "\x00", value, "\x00") }
func function(oid int, args string) string { return msg('F', u32(oid), args) }

func bind(portal, statement string, params ...string) string {
	b := portal + "\x00" + statement + "\x00" + u16(0) + u16(len(params))
	for _, p := range params {
		b += u32(len(p)) + p
	}
	return msg('B', b, u16(0))
}

func failure(severity, code string) string {
	return msg('E', "S", severity, "\x00V", severity, "\x00C", code, "\x00Mno\x00\x00")
}

func ready(status byte) string { return msg('Z', string(status)) }

func row(value string) string { return msg('D', u16(1), u32(len(value)), value) }

var (
	syncs     = msg('S')
	flush     = msg('H')
	copyDone  = msg('c')
	terminate = msg('X')

	sslRequest = packet(u32(80877103))
	gssRequest = packet(u32(80877104))

	parseComplete = msg('1')
	bindComplete  = msg('2')
	closeComplete = msg('3')
	noData        = msg('n')
	suspended     = msg('s')
	copyIn        = msg('G', "\x00", u16(1), u16(0))
	rowsOf        = msg('T', u16(1), "a\x00", u32(0), u16(0), u32(25), u16(0xffff), u32(0xffffffff), u16(0))
)

// hello is a login without a password.
func hello(minor int) [2]string {
	return [2]string{
		startup(minor, "user", "ann", "database", "shop", "application_name", "till"),
		msg('R', u32(0)) + setting("client_encoding", "UTF8") + setting("standard_conforming_strings", "on") + msg('K', u32(7), "keyk") + ready('I'),
	}
}
