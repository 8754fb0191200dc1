package accesslog

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
	"time"
)

func same(t *testing.T, s string) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	want := bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
	if got := appendString(nil, s); !bytes.Equal(got, want) {
		t.Errorf("%q: got %s, want %s", s, got, want)
	}
	if got := appendString(nil, []byte(s)); !bytes.Equal(got, want) {
		t.Errorf("%q as bytes: got %s, want %s", s, got, want)
	}
}

func TestEveryByteAndPlace(t *testing.T) {
	for c := range 256 {
		for n := range 20 {
			b := bytes.Repeat([]byte{'x'}, 20)
			b[n] = byte(c)
			same(t, string(b))
		}
	}
	for _, s := range []string{"", "ä\xc3", "\u2028a\u2029", "😀😀😀", "\xed\xa0\x80", "a\"b\\c\x00\x1f\x7f", "12345678\xff12345678\""} {
		same(t, s)
	}
}

func FuzzString(f *testing.F) {
	f.Add("select * from \"t\"\n")
	f.Add("\xff\u2028\\")
	f.Fuzz(same)
}

func TestSeconds(t *testing.T) {
	for ns, want := range map[int64]string{0: "0", 1: "0.000000001", 1e9: "1", 1_500_000_000: "1.5", 123_456_789: "0.123456789", 3_600_000_000_010: "3600.00000001", -5: "0"} {
		if got := string(appendSeconds(nil, ns)); got != want {
			t.Errorf("%d ns: got %s, want %s", ns, got, want)
		}
		f, err := strconv.ParseFloat(want, 64)
		if err != nil || ns > 0 && int64(f*1e9+.5) != ns {
			t.Errorf("%s is not %d ns", want, ns)
		}
	}
}

func TestStamp(t *testing.T) {
	var s stamp
	for _, ns := range []int64{1_700_000_000_000_000_000, 1_700_000_000_999_999_999, 1_700_000_001_000_000_001, 1_700_000_000_000_000_000} {
		got := string(s.append(nil, ns))
		at, err := time.Parse(`"`+time.RFC3339Nano+`"`, got)
		if err != nil || at.UnixNano() != ns {
			t.Errorf("got %s for %v", got, time.Unix(0, ns).UTC())
		}
	}
}

func TestTraceparent(t *testing.T) {
	const id, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{"00-" + id + "-" + span + "-01", true},
		{"cc-" + id + "-" + span + "-01-what-the-future-brings", true},
		{"cc-" + id + "-" + span + "-01", true},
		{"cc-" + id + "-" + span + "-01x", false},
		{"00-" + id + "-" + span + "-01-x", false},
		{"ff-" + id + "-" + span + "-01", false},
		{"00-" + id + "-0000000000000000-01", false},
		{"00-00000000000000000000000000000000-" + span + "-01", false},
		{"00-0AF7651916CD43DD8448EB211C80319C-" + span + "-01", false},
		{"00-" + id + "_" + span + "-01", false},
		{"00-" + id + "-" + span + "-0g", false},
		{"00-" + id + "-" + span, false},
		{"", false},
	} {
		gotID, gotSpan, _, ok := traceparent(tt.text)
		if ok != tt.ok || ok && (gotID != id || gotSpan != span) {
			t.Errorf("%s: got %s, %s, %v", tt.text, gotID, gotSpan, ok)
		}
	}
}
