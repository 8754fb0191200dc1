// Demo puts Sluice in front of a real server, drives a small shop's work through it, and prints a line for every exchange as the access log tells
// it, until Ctrl-C or for DEMO_SECONDS. Then it prints what Sluice has counted.
//
//	go run ./cmd/demo -sluice ../bin/sluice -protocol redis
//
// It takes the server by the first way of package servers that works, and leaves nothing behind.
package main
