package archtest

// rules says who may import whom, of our packages, directly and outside of tests. The first column is a package or a pattern (<x> is any one name); an
// exact name comes before a pattern. What is not listed may not exist.
const rules = `
codecs/wire                  nothing
metadata                     nothing
codecs                       metadata
codecs/sql                   metadata
codecs/sql/<d>               codecs/sql metadata                                the grammar of a dialect
codecs/<p>                   codecs codecs/wire codecs/sql codecs/sql/<d> metadata   never another protocol
codecs/all                   codecs codecs/<p>
rbac                         metadata                                           does not know that protocols exist
stats                        metadata
filters                      codecs metadata                                    declares the interfaces that it needs
filters/<f>                  filters codecs metadata rbac stats                 never another filter
proxy                        filters metadata stats proxy/<x>                   knows neither protocols nor policies
proxy/<x>                    filters metadata stats
internal/<x>                 nothing
configs                      *                                                  to build it from YAML
cmd/sluice                   *

# Helpers of tests.
codecs/codectest             codecs metadata
codecs/codectest/lineproto   codecs metadata                                    a protocol for tests
filters/filtertest           filters filters/inspect codecs metadata codecs/codectest/lineproto
`

// exceptions are imports that the rules forbid and that are there all the same, each with its reason. One that isn't needed any more fails.
const exceptions = ``

// pure are the packages that are functions of their input: no I/O, no clock, no goroutine. Helpers of tests are not among them.
var pure = []string{"metadata", "rbac", "codecs", "codecs/sql/<d>", "codecs/<p>", "codecs/all"}

// impure are the packages that a pure one must not import, and those below them.
var impure = []string{"net", "os", "log", "log/slog", "syscall"}

// harmless are packages below the impure ones that are pure all the same.
var harmless = []string{
	"net/netip", // addresses as values, which policies compare: it opens nothing
}

// mostLines is how long a file may be. Files hold one idea.
const mostLines = 500
