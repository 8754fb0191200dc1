package sql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

func tagText(s *sql.Summary) string {
	var b strings.Builder
	for _, tag := range s.Tags {
		fmt.Fprintf(&b, "%s=%s;", tag.Key, tag.Value)
	}
	return b.String()
}

func TestTags(t *testing.T) {
	many := strings.Repeat("k='v',", 31) + "k='v'"
	for _, tt := range []struct{ name, text, want string }{
		{"none", "select 1 /* a comment */", ""},
		{"one", "select 1 /*a='b'*/", "a=b;"},
		{"layout", "select 1 /* a='b' ,\n c='d' */;", "a=b;c=d;"},
		{"decoded", `select 1 /*route='%2Fpolls%20x',name='DROP%20TABLE%20FOO',q='a\'b%27c'*/`,
			"route=/polls x;name=DROP TABLE FOO;q=a'b'c;"},
		{"key decoded", "select 1 /*a%20b='c'*/", "a b=c;"},
		{"no escape", "select 1 /*a='100%',b='%zz',c='%4'*/", "a=100%;b=%zz;c=%4;"},
		{"plus stays", "select 1 /*a='b+c'*/", "a=b+c;"},
		{"empty value", "select 1 /*a=''*/", "a=;"},
		{"the last one", "/*a='1'*/ select /*b='2'*/ 1", "b=2;"},
		{"the last with tags", "/*a='1'*/ select 1 /* note */", "a=1;"},
		{"in a literal", "select '/*a=''1''*/'", ""},
		{"in a name", `select "/*a='1'*/"`, ""},
		{"in a line comment", "select 1 --/*a='1'*/", ""},
		{"nested", "select 1 /*/*a='1'*/*/", ""},
		{"open comment", "select 1 /*a='1'", ""},
		{"open value", "select 1 /*a='1*/", ""},
		{"escape at the end", `select 1 /*a='\*/`, ""},
		{"text behind", "select 1 /*a='1' b*/", ""},
		{"text before", "select 1 /*note a='1'*/", ""},
		{"comma at the end", "select 1 /*a='1',*/", ""},
		{"no key", "select 1 /*='1'*/", ""},
		{"as many as may be", "select 1 /*" + many + "*/", strings.Repeat("k=v;", 32)},
		{"too many", "select 1 /*" + many + ",k='v'*/", ""},
		{"too long", "select 1 /*a='" + strings.Repeat("x", 5000) + "'*/", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l sql.Lexer
			s := l.Summarize([]byte(tt.text), sql.PostgreSQL, sql.Mode{})
			if got := tagText(s); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTraceparent(t *testing.T) {
	const id = "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01"
	var l sql.Lexer
	s := l.Summarize([]byte("SELECT * FROM FOO /*action='%2Fparam*d',controller='index,'framework='spring',"+
		"traceparent='"+id+"'*/"), sql.PostgreSQL, sql.Mode{})
	if s.Tags != nil {
		t.Errorf("pairs without a comma: got %s", tagText(s))
	}
	s = l.Summarize([]byte("SELECT * FROM FOO /*action='%2Fparam*d',framework='spring',"+
		"traceparent='"+id+"',tracestate='congo%3Dt61rcWkgMzE%2Crojo%3D00f067aa0ba902b7'*/"), sql.PostgreSQL, sql.Mode{})
	for key, want := range map[string]string{
		"traceparent": id,
		"tracestate":  "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7",
		"action":      "/param*d",
		"nothing":     "",
	} {
		if got := string(s.Tag(key)); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	if s = l.Summarize([]byte("select 1"), sql.PostgreSQL, sql.Mode{}); s.Tags != nil {
		t.Errorf("tags of the text before: %s", tagText(s))
	}
}
