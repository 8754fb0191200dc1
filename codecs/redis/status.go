package redis

import "bytes"

// statuses are the first words of errors, which clients tell errors apart by. Those of Redis 8 and Valkey 8, of Sentinel and of clusters.
var statuses = [...]string{
	"ERR", "WRONGTYPE", "NOAUTH", "NOPERM", "WRONGPASS", "MOVED", "ASK", "LOADING", "BUSY", "NOSCRIPT", "OOM", "MISCONF", "READONLY", "MASTERDOWN", "EXECABORT",
	"NOREPLICAS", "BUSYGROUP", "NOGROUP", "BUSYKEY", "UNKILLABLE", "NOTBUSY", "NOPROTO", "CROSSSLOT", "CLUSTERDOWN", "TRYAGAIN", "INPROG", "NOGOODSLAVE",
	"NOQUORUM", "IOERR", "UNBLOCKED", "DENIED", "INVALIDOBJ", "STALE", "NOMASTERLINK", "VERSION", "REDIRECT", "NOSUB",
}

// other stands for a word that is not in the list: the wire chooses no names.
const other = "OTHER"

// statusOf gives the first word of an error.
func statusOf(text []byte) string {
	if i := bytes.IndexByte(text, ' '); i >= 0 {
		text = text[:i]
	}
	for _, s := range statuses {
		if s == string(text) {
			return s
		}
	}
	return other
}
