package stats

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// RenderOptions say how [Render] shows statements. The zero value is usable.
type RenderOptions struct {
	Width int  // of the terminal, in characters; default 120. A statement's text gets what the numbers leave, but at least 20.
	Users bool // with a column for user and database
}

// A column of a table: everything but the text, which comes last and takes what is left.
type column[Row any] struct {
	head  string
	left  bool
	value func(*Row) string
}

var columns = []column[Statement]{
	{"CALLS", false, func(s *Statement) string { return number(s.Calls) }},
	{"BAD", false, func(s *Statement) string { return number(s.Bad()) }},
	{"TOTAL", false, func(s *Statement) string { return took(s, s.Total) }},
	{"MEAN", false, func(s *Statement) string { return took(s, s.Mean) }},
	{"P50", false, func(s *Statement) string { return took(s, s.P50) }},
	{"P95", false, func(s *Statement) string { return took(s, s.P95) }},
	{"P99", false, func(s *Statement) string { return took(s, s.P99) }},
	{"ROWS", false, func(s *Statement) string { return number(s.Rows + s.Affected) }},
	{"BYTES", false, func(s *Statement) string { return bytes(s.RequestBytes + s.ReplyBytes) }},
}

// Columns that are shown if there is something in them.
var (
	hitColumn     = column[Statement]{"HIT", false, func(s *Statement) string { return ratio(s.Hits, s.Misses) }}
	blockedColumn = column[Statement]{"BLOCKED", false, blocked}
	userColumn    = column[Statement]{"USER@DATABASE", true, func(s *Statement) string { return printable(s.User + "@" + s.Database) }}
)

// Render writes statements as a table for a terminal, one line each. What clients wrote can't move the terminal's cursor: characters that can't be
// seen become blanks.
func Render(w io.Writer, statements []Statement, o RenderOptions) error {
	columns := slices.Clone(columns)
	if slices.ContainsFunc(statements, func(s Statement) bool { return s.Hits+s.Misses > 0 }) {
		columns = append(columns, hitColumn)
	}
	if slices.ContainsFunc(statements, func(s Statement) bool { return s.Blocked > 0 }) {
		columns = append(columns, blockedColumn)
	}
	if o.Users {
		columns = append(columns, userColumn)
	}
	var b strings.Builder
	table(&b, statements, columns, "STATEMENT", describe, o.Width)
	_, err := io.WriteString(w, b.String())
	return err
}

// table writes rows, one line each. width is in characters; 0 stands for 120. text takes what the columns leave of it, but at least 20.
func table[Row any](b *strings.Builder, rows []Row, columns []column[Row], head string, text func(*Row) string, width int) {
	if width <= 0 {
		width = 120
	}
	cells := make([][]string, len(rows))
	widths := make([]int, len(columns))
	for c := range columns {
		widths[c] = len(columns[c].head)
	}
	for i := range rows {
		for c := range columns {
			cell := columns[c].value(&rows[i])
			cells[i] = append(cells[i], cell)
			widths[c] = max(widths[c], utf8.RuneCountInString(cell))
		}
	}
	for _, n := range widths {
		width -= n + 2
	}
	width = max(width, 20)
	line := func(cell func(c int) string, text string) {
		for c := range columns {
			pad := strings.Repeat(" ", widths[c]-utf8.RuneCountInString(cell(c)))
			if columns[c].left {
				b.WriteString(cell(c) + pad + "  ")
			} else {
				b.WriteString(pad + cell(c) + "  ")
			}
		}
		b.WriteString(text + "\n")
	}
	line(func(c int) string { return columns[c].head }, head)
	for i := range rows {
		line(func(c int) string { return cells[i][c] }, shorten(text(&rows[i]), width))
	}
}

// describe gives what stands for the statement in one line.
func describe(s *Statement) string {
	if s.Text == "" {
		return "(" + printable(s.Operation) + ")"
	}
	return printable(s.Text)
}

// printable makes s one line of visible characters.
func printable(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError || bidi(r) }), " ")
}

// bidi says whether r changes the direction of writing, which could make a line read as another one.
func bidi(r rune) bool {
	return r == 0x061c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:n-1]), " ") + "…"
}

// took gives a time of s; nothing if all of its calls were blocked, whose times are apart.
func took(s *Statement, t float64) string {
	if s.Blocked > 0 && s.Blocked == s.Calls {
		return ""
	}
	return seconds(t)
}

// blocked gives how long calls of s were blocked; nothing if none was.
func blocked(s *Statement) string {
	if s.Blocked == 0 {
		return ""
	}
	return seconds(s.BlockedTime)
}

// ratio gives the share of hits; nothing if there were neither.
func ratio(hits, misses uint64) string {
	if hits+misses == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f%%", 100*float64(hits)/float64(hits+misses))
}

func number(n uint64) string {
	for _, u := range []struct {
		over uint64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}} {
		if n >= 10*u.over {
			return fmt.Sprintf("%.1f%s", float64(n)/float64(u.over), u.name)
		}
	}
	return fmt.Sprint(n)
}

func bytes(n uint64) string {
	if n < 10<<10 {
		return fmt.Sprint(n)
	}
	f, unit := float64(n)/1024, 0
	for f >= 1024 && unit < 4 {
		f, unit = f/1024, unit+1
	}
	return fmt.Sprintf("%.1f%ciB", f, "KMGTP"[unit])
}

// seconds gives a duration with three digits that count.
func seconds(s float64) string {
	d := time.Duration(s * 1e9)
	switch {
	case s > 86400: // beyond a day a duration is more readable in days, and may be too big for one
		return fmt.Sprintf("%.1fd", s/86400)
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case s >= .9995:
		return three(s) + "s"
	case s >= .0009995:
		return three(s*1e3) + "ms"
	default:
		return three(s*1e6) + "µs"
	}
}

func three(f float64) string {
	switch {
	case f < 9.995:
		return fmt.Sprintf("%.2f", f)
	case f < 99.95:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}
