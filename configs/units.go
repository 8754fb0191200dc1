package configs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A value that reads itself from a scalar. The error says the mend, and never quotes the text, which may hold a secret.
type scalar interface{ parse(text string) error }

// A Duration is a time with its unit: 100ms, 5s, 1h30m.
type Duration time.Duration

// never is Duration's and Loops' "off", where a field has it.
const never = -1

func (d *Duration) parse(text string) error {
	if text == "off" {
		*d = never
		return nil
	}
	v, err := time.ParseDuration(text)
	switch {
	case err != nil && isNumber(text):
		return fmt.Errorf("a duration needs a unit: %ss or %sms", text, text)
	case err != nil:
		return fmt.Errorf("not a duration; write it like 100ms, 5s or 1h30m")
	case v < 0:
		return fmt.Errorf("a duration can't be negative")
	}
	*d = Duration(v)
	return nil
}

// String gives the duration as it is configured.
func (d Duration) String() string {
	if d < 0 {
		return "off"
	}
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// or gives d, or def if d isn't set.
func (d Duration) or(def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return time.Duration(d)
}

// A Size is a number of bytes with its unit: 64KiB, 16MiB, 1GiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}}

func (s *Size) parse(text string) error {
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if err != nil || n < 0 || math.IsNaN(n) || n*float64(u.bytes) >= 1<<62 {
			break
		}
		*s = Size(n * float64(u.bytes))
		return nil
	}
	if isNumber(text) {
		return fmt.Errorf("a size needs a unit: %sB, %sKiB or %sMiB", text, text, text)
	}
	return fmt.Errorf("not a size; write it like 64KiB, 16MiB or 1GiB")
}

// String gives the size as it is configured.
func (s Size) String() string {
	for i := 2; i >= 0; i-- {
		if u := sizeUnits[i]; s != 0 && int64(s)%u.bytes == 0 {
			return fmt.Sprint(int64(s)/u.bytes) + u.name
		}
	}
	return fmt.Sprint(int64(s)) + "B"
}

// Loops is a number of event loops: 0 is auto, a negative one none.
type Loops int

func (l *Loops) parse(text string) error {
	if text == "auto" {
		*l = 0
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxLoops {
		return fmt.Errorf("not a number of loops; say auto, 0 for none, or a number up to %d", maxLoops)
	}
	*l = Loops(n)
	if n == 0 {
		*l = never
	}
	return nil
}

const maxLoops = 256

// LogMode says which exchanges are logged. The zero LogMode logs none.
type LogMode struct {
	All    bool
	Errors bool     // implied by All and Slow
	Slow   Duration // those that took so long; 0: time is no reason
}

// ParseLogMode reads all, errors or slow=100ms (also written "slow: 100ms").
func ParseLogMode(text string) (LogMode, error) {
	var m LogMode
	return m, m.parse(text)
}

func (m *LogMode) parse(text string) error {
	switch text {
	case "all":
		*m = LogMode{All: true, Errors: true}
		return nil
	case "errors":
		*m = LogMode{Errors: true}
		return nil
	}
	if rest, ok := strings.CutPrefix(text, "slow"); ok {
		if rest = strings.TrimSpace(rest); rest != "" && (rest[0] == ':' || rest[0] == '=') {
			return m.slow(strings.TrimSpace(rest[1:]))
		}
		return fmt.Errorf("how slow? say slow: 100ms")
	}
	return fmt.Errorf("say all, errors or slow: 100ms")
}

func (m *LogMode) slow(text string) error {
	var d Duration
	if err := d.parse(text); err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("slow needs a time above 0s; to log every exchange say all")
	}
	*m = LogMode{Errors: true, Slow: d}
	return nil
}

// On says whether anything is logged.
func (m LogMode) On() bool { return m.Errors || m.All || m.Slow > 0 }

// String gives the mode as it is configured.
func (m LogMode) String() string {
	switch {
	case m.All:
		return "all"
	case m.Slow > 0:
		return "slow: " + m.Slow.String()
	case m.Errors:
		return "errors"
	}
	return "off"
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}
