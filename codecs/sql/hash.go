package sql

import (
	"encoding/binary"
	"math/bits"
)

// xxh64 is XXH64 with seed 0, so that anyone can compute a fingerprint:
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
//
// It is here, not a dependency, because it is asked for a few dozen bytes at a
// time and must be resumed where flush throws bytes away.
type xxh64 struct {
	v1, v2, v3, v4 uint64
	done           uint64 // bytes in v1 to v4, a multiple of stripe
}

const stripe = 32

const (
	prime1 uint64 = 0x9E3779B185EBCA87
	prime2 uint64 = 0xC2B2AE3D27D4EB4F
	prime3 uint64 = 0x165667B19E3779F9
	prime4 uint64 = 0x85EBCA77C2B2AE63
	prime5 uint64 = 0x27D4EB2F165667C5
)

func newXXH64() xxh64 {
	p1, p2 := prime1, prime2 // variables: the sums wrap around
	return xxh64{v1: p1 + p2, v2: p2, v3: 0, v4: -p1}
}

func round(acc, input uint64) uint64 {
	return bits.RotateLeft64(acc+input*prime2, 31) * prime1
}

// write takes the whole stripes of p and returns the rest.
func (x *xxh64) write(p []byte) []byte {
	for ; len(p) >= stripe; p = p[stripe:] {
		x.v1 = round(x.v1, binary.LittleEndian.Uint64(p))
		x.v2 = round(x.v2, binary.LittleEndian.Uint64(p[8:]))
		x.v3 = round(x.v3, binary.LittleEndian.Uint64(p[16:]))
		x.v4 = round(x.v4, binary.LittleEndian.Uint64(p[24:]))
		x.done += stripe
	}
	return p
}

// sum returns the hash of all that was written and p behind it.
func (x *xxh64) sum(p []byte) uint64 {
	p = x.write(p)
	h := prime5
	if x.done > 0 {
		h = bits.RotateLeft64(x.v1, 1) + bits.RotateLeft64(x.v2, 7) +
			bits.RotateLeft64(x.v3, 12) + bits.RotateLeft64(x.v4, 18)
		for _, v := range [...]uint64{x.v1, x.v2, x.v3, x.v4} {
			h = (h^round(0, v))*prime1 + prime4
		}
	}
	h += x.done + uint64(len(p))
	for ; len(p) >= 8; p = p[8:] {
		h = bits.RotateLeft64(h^round(0, binary.LittleEndian.Uint64(p)), 27)*prime1 + prime4
	}
	if len(p) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(p))*prime1, 23)*prime2 + prime3
		p = p[4:]
	}
	for _, c := range p {
		h = bits.RotateLeft64(h^uint64(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>33) * prime2
	h = (h ^ h>>29) * prime3
	return h ^ h>>32
}
