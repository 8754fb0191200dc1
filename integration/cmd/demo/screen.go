package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// A screen is where the demo prints: in colour and cut to the width on a terminal, plain elsewhere.
type screen struct {
	mu     sync.Mutex
	out    io.Writer
	colour bool
	width  int
	columns
	errors map[failure]int
	lines  int
}

// The columns that are not the same for all protocols: their titles, and what is in them.
type columns struct {
	second, detail     string
	secondWidth        int // of the second
	inSecond, inDetail func(*line) string
}

func newScreen(f *os.File) *screen {
	s := &screen{out: f, width: 140, errors: map[failure]int{}}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		s.width = n
	}
	if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil {
		s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if size.Col > 0 {
			s.width = int(size.Col)
		}
	}
	s.width = max(s.width, 80)
	return s
}

// The colours.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
	purple = "35"
	cyan   = "36"
)

func (s *screen) paint(colour, text string) string {
	if !s.colour || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (s *screen) print(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.out, text)
}

func (s *screen) note(format string, args ...any) {
	s.print(s.paint(dim, fmt.Sprintf(format, args...)))
}

func (s *screen) fact(name, format string, args ...any) {
	s.print(s.paint(bold, pad(name, 9)) + fmt.Sprintf(format, args...))
}

// The columns, and how wide they are. The text gets the rest.
const (
	timeWidth = 12
	userWidth = 9
	tookWidth = 8
	rowsWidth = 6
	opWidth   = 9
)

func (s *screen) header() {
	s.print("\n" + s.paint(bold, strings.Join([]string{pad("TIME", timeWidth), pad("USER", userWidth), pad(s.second, s.secondWidth), left("TOOK", tookWidth), left("ROWS", rowsWidth),
		pad("OPERATION", opWidth), s.detail}, "  ")))
}

// line shows an exchange.
func (s *screen) line(l *line) {
	if l.Event != "exchange" {
		return
	}
	text, colour := s.inDetail(l), ""
	switch {
	case l.Outcome == "skipped":
		text, colour = "(skipped) "+text, dim
	case l.Outcome != "ok":
		text, colour = l.Status+" "+text, red
		s.failed(l)
	case l.Purpose == "connect":
		text, colour = "connected as "+l.App, dim
	case l.Purpose == "prepare":
		text, colour = "(prepare) "+text, dim
	}
	operation := l.Operation
	if l.Purpose == "connect" {
		operation = "CONNECT"
	}
	room := s.width - (timeWidth + userWidth + s.secondWidth + tookWidth + rowsWidth + opWidth + 6*2)
	s.mu.Lock()
	s.lines++
	s.mu.Unlock()
	s.print(strings.Join([]string{
		s.paint(dim, l.Time.Local().Format("15:04:05.000")),
		s.paint(cyan, pad(l.User, userWidth)),
		pad(s.inSecond(l), s.secondWidth),
		s.paint(took(l.Duration), left(milliseconds(l.Duration), tookWidth)),
		left(fmt.Sprint(l.Rows+l.Affected), rowsWidth),
		s.paint(kind(operation), pad(operation, opWidth)),
		s.paint(colour, cut(text, room)),
	}, "  "))
}

// took gives the colour of a duration.
func took(seconds float64) string {
	switch {
	case seconds >= .25:
		return red
	case seconds >= .01:
		return yellow
	}
	return green
}

// kind gives the colour of an operation.
func kind(operation string) string {
	first, _, _ := strings.Cut(operation, " ")
	switch first {
	case "SELECT", "WITH", "GET", "HGETALL", "ZRANGE", "SCAN", "XLEN", "HGET":
		return blue
	case "INSERT", "UPDATE", "DELETE", "COPY", "SET", "HSET", "INCR", "DECRBY", "HINCRBY", "ZINCRBY", "LPUSH", "BRPOP", "XADD", "EXEC", "PUBLISH":
		return purple
	}
	return dim
}

func milliseconds(seconds float64) string {
	ms := seconds * 1000
	switch {
	case ms >= 1000:
		return fmt.Sprintf("%.2f s", seconds)
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}

func pad(text string, n int) string {
	text = cut(text, n)
	return text + strings.Repeat(" ", n-utf8.RuneCountInString(text))
}

func left(text string, n int) string {
	return strings.Repeat(" ", max(n-utf8.RuneCountInString(text), 0)) + text
}

// cut makes text fit into n characters of one line.
func cut(text string, n int) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}
