// Package conn drives sessions over net.Conn: with goroutines that block. It serves whatever an event loop can't (TLS, other systems, anything odd),
// and the beginning of every session: accepting, gatekeepers, dialling. A session over two plain sockets is then handed to a loop (package loop).
//
// Start from [Run]. A session has one pump per source (pumpClient, pumpServer) under one mutex, and no I/O happens under that mutex: read → lock →
// session → unlock → write. Each direction has one writer at a time, so bytes leave in the order in which the chain released them. Not being
// able to write is the back-pressure: a session with bytes pending doesn't read.
package conn
