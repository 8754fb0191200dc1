package redis

// waits says that c, which is of the category of blocking commands, may wait with these arguments. Redis, src/t_stream.c, xreadCommand: XREAD and XREADGROUP wait
// with the option BLOCK only, which comes before the names of streams. In a transaction nothing waits.
func (c *command) waits(args *arguments) bool {
	if c.name != "XREAD" && c.name != "XREADGROUP" {
		return true
	}
	for w := args.from(1); ; {
		_, option, ok := w.next()
		switch {
		case !ok || equalFold("STREAMS", option):
			return false
		case equalFold("BLOCK", option):
			return true
		case equalFold("COUNT", option):
			w.next()
		case equalFold("GROUP", option):
			w.next()
			w.next()
		}
	}
}
