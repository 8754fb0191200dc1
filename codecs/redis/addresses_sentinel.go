package redis

// Redis 7.0, src/sentinel.c, addReplySentinelRedisInstance: of each instance fields and values. v is a list of instances, or one.
func (r *readdressing) instances(v *value) {
	if v.field("IP").kind == 0 {
		for i := range v.items {
			r.instance(&v.items[i])
		}
		return
	}
	r.instance(v)
}

func (r *readdressing) instance(v *value) {
	host, port, master := v.field("IP"), v.field("PORT"), v.field("MASTER-HOST")
	r.server(ports{port}, host)
	r.server(ports{v.field("MASTER-PORT")}, master)
	if master.kind != 0 {
		r.called(v.field("NAME"), host, port)
	}
}

// called is the name of a replica, which is its address when Sentinel finds it.
func (r *readdressing) called(name, host, port *value) {
	if string(name.text) == string(host.text)+":"+string(port.text) {
		r.within(name, func(r *readdressing, text []byte) { r.pair(part(text, 0, len(text))) })
	}
}

// event is a message that Sentinel publishes: the channel tells what has happened, the text to whom. Redis 7.0, src/sentinel.c, sentinelEvent.
func (r *readdressing) event(v *value) {
	if len(v.items) < 3 {
		return
	}
	channel, message := &v.items[len(v.items)-2], &v.items[len(v.items)-1]
	switch {
	case len(channel.text) == 0 || channel.text[0] != '+' && channel.text[0] != '-' || message.kind != '$':
	case string(channel.text) == "+switch-master", string(channel.text) == "+redirect-to-master":
		r.within(message, (*readdressing).switched)
	default:
		r.within(message, (*readdressing).happened)
	}
}

// switched is "name old-ip old-port new-ip new-port".
func (r *readdressing) switched(text []byte) {
	if w := split(text, ' '); len(w) == 5 {
		r.server(ports{&w[2]}, &w[1])
		r.server(ports{&w[4]}, &w[3])
	}
}

// happened is "type name ip port", for any but a master followed by "@ master-name master-ip master-port", and by what has happened, which may be
// "ip new-ip port new-port for id".
func (r *readdressing) happened(text []byte) {
	w := split(text, ' ')
	if len(w) < 4 {
		return
	}
	switch string(w[0].text) {
	case "slave":
		r.called(&w[1], &w[2], &w[3])
	case "master", "sentinel":
	default:
		return
	}
	r.server(ports{&w[3]}, &w[2])
	switch {
	case len(w) >= 8 && string(w[4].text) == "@":
		r.server(ports{&w[7]}, &w[6])
	case len(w) >= 8 && string(w[4].text) == "ip" && string(w[6].text) == "port":
		r.server(ports{&w[7]}, &w[5])
	}
}
