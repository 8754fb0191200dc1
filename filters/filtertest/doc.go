// Package filtertest is the test suite of the proxy's heart: what every driver of sessions must give its clients. It speaks the toy protocol of
// codecs/codectest/lineproto, so it tests the chain, the windows, the verdicts and the end of sessions, and no protocol in particular.
//
// Start from [Run]. It runs over a byte script ([Script], without I/O), over net.Conn and over the event loop.
package filtertest
