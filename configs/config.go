package configs

// A Config is everything that Sluice can be told. The zero value of a field stands for its default.
type Config struct {
	// What is listened on, at least one. The addresses must differ.
	Listeners []Listener `yaml:"listeners" need:"say what to listen on: listeners: [{address: 127.0.0.1:6432, protocol: postgres, to: 127.0.0.1:5432}]"`

	// The sets of servers that listeners send to by name.
	Clusters []Cluster `yaml:"clusters"`

	// What is written down of exchanges and connections. Default: nothing.
	AccessLog AccessLog `yaml:"access_log"`

	// The table of statements, which the admin address shows.
	Statements Statements `yaml:"statements"`

	// The HTTP server for metrics, statements and health. Default: none.
	Admin Admin `yaml:"admin"`

	// How sessions are driven.
	Runtime Runtime `yaml:"runtime"`

	// What is common to the connections of both sides.
	TCP TCP `yaml:"tcp"`

	// What SIGTERM does.
	Drain Drain `yaml:"drain"`

	// The process's own log, on standard error: its start and end, and what goes wrong.
	Log Log `yaml:"log"`
}

// A Listener is one address, and what becomes of the clients that come to it.
type Listener struct {
	// Names the listener in metrics and logs. Default: protocol and port (postgres-6432), or the file's name for a Unix socket. Names must differ.
	Name string `yaml:"name"`

	// Where clients connect: host:port, :port for every address of the machine, or the absolute path of a Unix socket.
	Address string `yaml:"address" need:"say where clients connect: address: 127.0.0.1:6432"`

	// What clients speak. tcp relays and counts connections without looking inside.
	Protocol Protocol `yaml:"protocol" need:"say what clients speak: protocol: postgres (or tcp, to relay without looking inside)"`

	// The servers that sessions go to: the name of a cluster, or directly an address, host:port or the absolute path of a Unix socket.
	To string `yaml:"to" need:"say where sessions go: to: 127.0.0.1:5432, or the name of a cluster"`

	// The address, host:port, by which clients reach this listener. The listeners of a protocol that have one stand for their servers: where a reply names a server (the nodes of
	// a Redis Cluster, what a Sentinel watches), clients get the address of its listener instead. Default: replies pass as they are, and servers that they name are counted.
	Advertise string `yaml:"advertise"`

	// With advertise, what the listener's server is called in replies beside its address in to: the address that it announces, host:port.
	AnnouncedAs []string `yaml:"announced_as"`

	// How many clients may be connected at once. More of them wait in the system's accept queue. Default 0: any number.
	MaxConnections int `yaml:"max_connections" least:"0"`

	// When sessions are ended. Default: never by the clock.
	Timeouts Timeouts `yaml:"timeouts"`

	// How much is looked at; what is longer still passes, unless there is a policy. Not for tcp.
	Inspect Inspect `yaml:"inspect"`

	// What clients may do. Not for tcp. Default: everything.
	Policy Policy `yaml:"policy"`

	// Counts by the prefixes of keys, and lists the biggest values with their keys, which may be personal data: the admin address shows them to everyone who reaches
	// it. Only for redis. Any setting turns it on. Default: off.
	Keys Keys `yaml:"keys"`
}

// Keys says how keys are counted by their prefixes.
type Keys struct {
	// What ends a part of a key. Default ":".
	Separator string `yaml:"separator"`

	// How many parts of a key make its prefix: with 2, cart:eu:4711 counts for cart:eu:. A key with fewer of them counts for those that it has. Default 1.
	Depth int `yaml:"depth" least:"1" most:"16"`

	// How many prefixes, and how many big values, are kept apart. Default 100.
	Top int `yaml:"top" least:"1" most:"10000"`
}

// A Policy says what the clients of a listener may do.
type Policy struct {
	// The policy file. Its path begins where the configuration file is. SIGHUP reads it anew; a file with a mistake changes nothing. Listeners may share one.
	File string `yaml:"file"`

	// How the proxy knows where the server looks for names without a schema: ask asks it after login and whenever that may have changed; assume takes the list of
	// schemas; strict never knows, so that only names with a schema are matched by rules that name one. Default ask.
	SearchPath SearchPath `yaml:"search_path"`

	// With search_path: assume, the schemas that the server looks in, in its order.
	Schemas []string `yaml:"schemas"`
}

// Timeouts end sessions.
type Timeouts struct {
	// Ends a session in which nothing moved for so long, in either direction. A slow statement moves nothing either, nor does a LISTEN that hears nothing. As for the servers
	// themselves, redis sessions that wait are not idle: subscribers, MONITOR, BLPOP and the like. Default off.
	Idle Duration `yaml:"idle" off:"yes"`

	// Ends a session so long after its client connected. Default off.
	MaxDuration Duration `yaml:"max_duration" off:"yes"`
}

// Inspect bounds what a session looks at and remembers.
type Inspect struct {
	// How much of a request's body is looked at. Of a longer one only the beginning is known, which is counted. Default 1MiB.
	Requests Size `yaml:"requests" least:"1KiB" most:"256MiB"`

	// How much of a reply's body is looked at (errors, command tags). Rows pass by and are only counted. Default 64KiB.
	Replies Size `yaml:"replies" least:"1KiB" most:"256MiB"`

	// How much text of prepared statements one session may keep. A statement beyond it is relayed, and its executions are logged without text and
	// counted. Default 16MiB.
	Statements Size `yaml:"statements" least:"4KiB" most:"4GiB"`
}

// A Cluster is a set of servers that are alike.
type Cluster struct {
	// What listeners call it.
	Name string `yaml:"name" need:"give the cluster the name that listeners call it by: name: orders-db"`

	// The servers' addresses, host:port or the absolute path of a Unix socket. Sessions take them in turn; one that can't be reached gives way to the next.
	Endpoints []string `yaml:"endpoints" need:"list its servers: endpoints: [127.0.0.1:5432]"`
}

// An AccessLog writes JSON lines, one for each exchange and one for each connection. Field names are OpenTelemetry's.
type AccessLog struct {
	// Which exchanges are written: all, errors (those that did not end well), or slow: 100ms (those that took so long, and the errors). Default: the
	// access log is off.
	Log LogMode `yaml:"log"`

	// Where the lines go: the path of a file, which SIGHUP opens anew after it was rotated, or stdout. Default stdout.
	File string `yaml:"file"`

	// Writes statements as clients sent them, with their literals: names, card numbers, passwords. Default false: literals are replaced by ?.
	RawStatements bool `yaml:"raw_statements"`

	// What happens when lines come faster than they can be written and the queue is full: drop loses lines, which is counted, and never slows a client; block makes
	// sessions wait, so that every line is written, as an audit asks for. Default drop.
	OnFull OnFull `yaml:"on_full"`

	// How many bytes of lines may wait to be written. Default 16MiB.
	Queue Size `yaml:"queue" least:"64KiB" most:"4GiB"`
}

// Statements is the table of what each statement costs.
type Statements struct {
	// How much memory the table may use. When it is full, statements not used for long make room, which is counted. Default 32MiB.
	Memory Size `yaml:"memory" least:"1MiB" most:"64GiB"`
}

// Admin is the HTTP server for people and monitoring.
type Admin struct {
	// Where it listens: host:port. Statements can be read there by everyone who reaches it, so keep it private. Default: there is none.
	Address string `yaml:"address"`

	// Adds the Go profiles at /debug/pprof/. Default false.
	Pprof bool `yaml:"pprof"`
}

// Runtime says how sessions are driven.
type Runtime struct {
	// How many event loops there are: auto is half of the processors; 0 drives each session by goroutines of its own, which costs more. Default auto.
	Loops Loops `yaml:"loops"`

	// How a loop sends: auto is the first of the others that the kernel allows. A named one that it does not allow is an error. Default auto.
	Sender Sender `yaml:"sender"`
}

// TCP is what the connections of both sides have in common.
type TCP struct {
	// How long connecting to one server may take, Unix sockets included. Default 5s.
	ConnectTimeout Duration `yaml:"connect_timeout" least:"1ms"`

	// After how much silence the system asks whether the other end is still there, and how often it asks again; off leaves it alone. Default 60s.
	KeepAlive Duration `yaml:"keepalive" least:"1s" off:"yes"`
}

// Drain is how the process ends at SIGTERM or SIGINT: sessions are ended when they are at rest, outside of statements and transactions. A second signal
// ends everything at once.
type Drain struct {
	// How long sessions may take to come to rest. Those left are then ended all the same, and the exit code is 4. Default 30s.
	Limit Duration `yaml:"limit" least:"1ms"`
}

// Log is the process's own log.
type Log struct {
	// What is worth a line. Default info.
	Level LogLevel `yaml:"level"`

	// How lines look. Default text.
	Format LogFormat `yaml:"format"`
}
