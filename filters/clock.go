package filters

import "time"

// An Instant is a point in time: nanoseconds on the monotonic clock since the process's epoch. 0 means not set.
type Instant int64

// Add gives the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// A Clock tells the time. Drivers read it once per pass and at an exchange's end.
type Clock interface{ Now() Instant }

// Epoch ties instants to the wall clock. The zero Epoch is not usable; see NewEpoch.
type Epoch struct{ start time.Time }

// NewEpoch starts counting now, one second in the past so that no instant of the process is 0.
func NewEpoch() *Epoch { return &Epoch{time.Now().Add(-time.Second)} }

// Now gives the present instant.
func (e *Epoch) Now() Instant { return Instant(time.Since(e.start)) }

// Wall gives the wall clock's time of i.
func (e *Epoch) Wall(i Instant) time.Time { return e.start.Add(time.Duration(i)) }
