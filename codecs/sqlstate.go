package codecs

// sqlStates lists the classes of SQLSTATE: those of ISO 9075-2, of PostgreSQL 18 (Appendix A), and those that MySQL
// adds. A server could send any other two characters.
var sqlStates = [...]string{
	"01", "02", "03", "07", "08", "09", "0A", "0B", "0F", "0K", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B",
	"2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55", "57", "58", "70", "72", "F0", "HV", "HY", "P0", "XA", "XX",
}

// SQLStateClass gives the class of a SQLSTATE, its first two characters, from a constant table; "OTHER" if it is none that is known, "none" for no code.
func SQLStateClass(code string) string {
	if code == "" {
		return "none"
	}
	if len(code) == 5 {
		for _, s := range sqlStates {
			if s == code[:2] {
				return s
			}
		}
	}
	return "OTHER"
}
