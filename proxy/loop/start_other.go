//go:build !linux || !(amd64 || arm64)

package loop

// Supported reports whether loops work on this system.
func Supported() bool { return false }

// Start starts a loop.
func Start(Config) (*Loop, error) { return nil, ErrUnsupported }

// Probe tries the ways to send a batch. It gives the best that works, and why the better ones don't.
func Probe() (SenderKind, map[string]string) { return Auto, nil }
