// Package codectest keeps the decoders' promises, one test per promise, for every protocol and every transcript:
//
//  1. Cut invariance: whole, byte by byte or cut anywhere, the same messages.
//  2. No retention: the input is overwritten once it may be, and nothing changes.
//  3. Tiling: each message starts where the one before ended; nothing is lost, nothing comes twice.
//  4. Truncation anywhere: no panic, and End says so.
//  5. Bounded memory: hostile lengths allocate no more than the limits.
//  6. Linear work: each call uses all of its input or returns a message.
//  7. No allocations in steady state.
//  8. Final errors, with the right offset; nothing of that direction is decoded after.
//  9. Unknown in, opaque out.
//
// And for exchanges: the numbers are contiguous, each exchange ends once, and nothing ends or is answered that is not open. Only data of the last request may come behind
// its answer.
//
// Start from [Run], and [Fuzz] for streams that nobody recorded. A [Script] is what passed between a client and a server; its
// text form, a transcript, is made by a [Recorder] against a real server.
package codectest
