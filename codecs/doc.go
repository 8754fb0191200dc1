// Package codecs says what a protocol is to the proxy: a [Decoder] that turns the two byte streams of a session into messages,
// and a [Protocol] that names everything else the proxy must know about it (analysis, refusals, denials, farewells, keys).
//
// A decoder is a function of its input: no I/O, no clock, no goroutine, no global state. The same stream, cut anywhere, gives the
// same messages. [Framer] serves the protocols whose messages say their length in a header.
//
// Memory: what a decoder returns is valid until the next call with the same direction; what it is given is borrowed for the
// call, except where a message says that it aliases the input.
package codecs
