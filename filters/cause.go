package filters

// A Cause says why a session ended: the access log's close reason and a label of the metrics.
type Cause uint8

// The causes.
const (
	NotClosed      Cause = iota
	ClientClosed         // the client ended its stream first, and everything was carried over
	ServerClosed         // the server ended its stream first
	ClientReset          // the client's connection failed
	ServerReset          // the server's connection failed
	ConnectFailed        // no endpoint could be reached
	ConnectTimeout       // no endpoint answered in time
	NoEndpoint           // the cluster has none
	Idle                 // idle timeout
	Expired              // maximum duration
	Drained              // at rest during a drain
	DrainLimit           // the drain's limit ended it
	DecodeFailed         // its bytes can't be framed and policy demands that they are
	PolicyDenied         // a denial that the protocol has no way to express otherwise
	FilterFailed         // a filter returned an error
	Panicked             // a bug: see the process's log
	Stopped              // the process stops at once
)

// String gives the cause as logs and metrics write it.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "unknown"
}

// Causes lists all causes, for metrics that show each from the start.
func Causes() []Cause {
	all := make([]Cause, 0, len(causeNames)-1)
	for c := range causeNames[1:] {
		all = append(all, Cause(c+1))
	}
	return all
}

var causeNames = [...]string{"open", "client_closed", "server_closed", "client_reset", "server_reset", "connect_failed", "connect_timeout",
	"no_endpoint", "idle_timeout", "max_duration", "drained", "drain_limit", "decode_failed", "policy_denied", "filter_failed", "panic", "stopped"}
