package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// The fake PostgreSQL lets anybody in, answers every query with nothing, and can
// hold more connections than a real one has processes for. It is a process of its
// own because clients and server together exceed one process's open files.

// serveFake serves until alive ends, which is when who started us has.
func serveFake(addr string, alive io.Reader) error {
	l, err := net.Listen("tcp4", addr)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, alive)
		l.Close()
	}()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			_ = fakeSession(c) // the client's end is the usual one
		}()
	}
}

// loginReply is what a server says to a startup message when it asks no password.
//
// PostgreSQL 18, 54.2.1 "Start-up"
var loginReply = func() []byte {
	p := message(nil, 'R', be32(0))
	for _, s := range [][2]string{
		{"server_version", "15.0"}, {"server_encoding", "UTF8"}, {"client_encoding", "UTF8"}, {"DateStyle", "ISO, MDY"},
		{"TimeZone", "UTC"}, {"integer_datetimes", "on"}, {"standard_conforming_strings", "on"},
	} {
		p = message(p, 'S', []byte(s[0]+"\x00"+s[1]+"\x00"))
	}
	p = message(p, 'K', append(be32(1), be32(1)...))
	return message(p, 'Z', []byte("I"))
}()

var queryReply = message(message(nil, 'C', []byte("SELECT 0\x00")), 'Z', []byte("I"))

func fakeSession(c net.Conn) error {
	r := bufio.NewReaderSize(c, 512)
	if err := discardBody(r); err != nil { // the startup message has no type
		return err
	}
	if _, err := c.Write(loginReply); err != nil {
		return err
	}
	for {
		kind, err := r.ReadByte()
		if err != nil {
			return err
		}
		if err := discardBody(r); err != nil {
			return err
		}
		switch kind {
		case 'Q':
			if _, err := c.Write(queryReply); err != nil {
				return err
			}
		case 'X':
			return nil
		}
	}
}

// discardBody reads a length and what it counts, which includes itself.
func discardBody(r *bufio.Reader) error {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < 4 || n > 1<<20 {
		return fmt.Errorf("a message of %d bytes", n)
	}
	_, err := r.Discard(int(n) - 4)
	return err
}

func message(dst []byte, kind byte, body []byte) []byte {
	dst = append(dst, kind)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(body)+4))
	return append(dst, body...)
}

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
