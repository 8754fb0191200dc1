package redis

import "testing"

func TestInline(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"PING", "*1\r\n$4\r\nPING\r\n"},
		{"  GET   a  ", "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"},
		{"", "*0\r\n"},
		{" \t ", "*0\r\n"},
		{`SET a "b c"`, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\nb c\r\n"},
		{`"\x47ET" a`, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"},
		{`"\x4" "\q" "\n\r\t\b\a\""`, "*3\r\n$2\r\nx4\r\n$1\r\nq\r\n$6\r\n\n\r\t\b\a\"\r\n"},
		{`'a\'b' '\n'`, "*2\r\n$3\r\na'b\r\n$2\r\n\\n\r\n"},
		{`""`, "*1\r\n$0\r\n\r\n"},
		{`G"ET" a`, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"},
		{"GET\va", "*1\r\n$5\r\nGET\va\r\n"},
		{"GET\ra", "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"},
		{"\vGET", "*1\r\n$3\r\nGET\r\n"},
		{`"a"b`, ""},
		{`"a`, ""},
		{`'a`, ""},
		{"a\x00b", ""},
		{"a \x00b", ""},
		{"\"a\x00b\"", ""},
	} {
		var l inline
		got, ok := l.rewrite([]byte(tt.line))
		if !ok {
			got = nil
		}
		if string(got) != tt.want {
			t.Errorf("%q: got %q, want %q", tt.line, got, tt.want)
		}
	}
}
