// Package archtest keeps the architecture: who may import whom, what pure packages must not touch, and a few habits. It is nothing but a test; the rules
// are the block at the top of rules_test.go.
package archtest
