package redis

import "bytes"

// info is a text with lines "field:value". Redis 7.0, src/server.c, genRedisInfoString: of a replica "master_host:ip" and "master_port:port", of a master
// "slave0:ip=…,port=…,…"; src/sentinel.c, sentinelInfoCommand: "master0:name=…,address=ip:port,…".
func (r *readdressing) info(text []byte) {
	var host, port value
	for _, line := range split(text, '\n') {
		i := bytes.IndexByte(line.text, ':')
		if i < 0 {
			continue
		}
		end := line.start + len(bytes.TrimSuffix(line.text, []byte{'\r'}))
		name, is := line.text[:i], part(text, line.start+i+1, max(line.start+i+1, end))
		switch {
		case string(name) == "master_host":
			host = is
		case string(name) == "master_port":
			port = is
		case numbered(name, "slave"):
			r.server(ports{property(text, is, "port=")}, property(text, is, "ip="))
		case numbered(name, "master"):
			r.pair(*property(text, is, "address="))
		}
	}
	r.server(ports{&port}, &host)
}

// numbered says that name is prefix and a number.
func numbered(name []byte, prefix string) bool {
	digits, ok := bytes.CutPrefix(name, []byte(prefix))
	_, number := parseInt(digits)
	return ok && number
}

// property gives what is behind name in a part of text that is a list with commas; the zero value if it is not there.
func property(text []byte, in value, name string) *value {
	for _, p := range split(in.text, ',') {
		if bytes.HasPrefix(p.text, []byte(name)) {
			v := part(text, in.start+p.start+len(name), in.start+p.end)
			return &v
		}
	}
	return &value{}
}
