/**
 * When a TCP sender tries again. Measured on Linux (5.x, loopback and veth): after the first loss at 0, data goes out
 * again at R, 2R, 4R, 8R ... with R about 208 ms + RTT (the first is the tail-loss probe), tries at most
 * TCP_RTO_MAX = 120 s apart. A SYN goes out again after gaps of 1, 2, 4, 8 ... s, that is at 1, 3, 7, 15, 31, 63 s.
 *
 * Linux gives a SYN up after 127 s and data after about 924 s; here the ladders go on, since a relay's own kernel
 * has long acknowledged what it holds, and the clients' time-outs come first.
 */
const RTO_MS = 208
const RTO_MAX_MS = 120_000
const SYN_MS = 1000

/** The first retransmission at or after `nowMs` of data that was first lost at `lostMs`. */
export function nextDataRetry(lostMs: number, nowMs: number, rttMs: number): number {
  let atMs = lostMs + RTO_MS + rttMs
  while (atMs < nowMs) atMs += Math.min(atMs - lostMs, RTO_MAX_MS)
  return atMs
}

/** The first retransmission at or after `nowMs` of a SYN that was first lost at `lostMs`. */
export function nextSynRetry(lostMs: number, nowMs: number): number {
  let gapMs = SYN_MS
  let atMs = lostMs + gapMs
  while (atMs < nowMs) {
    gapMs = Math.min(gapMs * 2, RTO_MAX_MS)
    atMs += gapMs
  }
  return atMs
}
