package stats

// states lists the classes of SQLSTATE that have series of their own: those of ISO 9075-2, of PostgreSQL 18 (Appendix A), and those that MySQL
// adds. A server could send any other two characters; they are counted as OTHER.
var states = [...]string{
	"none", // the error had no code
	other,
	"01", "02", "03", "07", "08", "09", "0A", "0B", "0F", "0K", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B",
	"2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55", "57", "58", "70", "72", "F0", "HV", "HY", "P0", "XA", "XX",
}

// stateIndex finds a class by its two characters.
var stateIndex = func() map[[2]byte]int {
	m := map[[2]byte]int{}
	for i, s := range states[2:] {
		m[[2]byte{s[0], s[1]}] = i + 2
	}
	return m
}()

// stateOf gives the number of the class of a server's error code.
func stateOf(code string) int {
	if code == "" {
		return 0
	}
	if len(code) != 5 {
		return 1 // not a SQLSTATE
	}
	if i, ok := stateIndex[[2]byte{code[0], code[1]}]; ok {
		return i
	}
	return 1
}
