import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Clock } from '../../../../src/clock/clock.ts'
import { virtualClock } from '../../../../src/clock/virtual.ts'
import { CloseWatch } from '../../../../src/link/kinds/firewall/close-watch.ts'
import type { SocketReport, SocketWatch } from '../../../../src/link/kinds/firewall/socket-watch.ts'
import { Tracker } from '../../../../src/link/kinds/firewall/tracker.ts'
import { handshake, PINGREQ, segment, through } from './segments.ts'

interface Socket {
  state: number
  queue: number
  acked: number
}

const NEVER: Socket = { state: 1, queue: 0, acked: 0 }

/** As the program does that looks in the client's network: every 5 ms, and what is new is told. */
function looking(clock: Clock, socket: Socket, changed: (id: number, report: SocketReport) => void): SocketWatch {
  const watched = new Map<number, { lookedMs?: number; last?: string }>()
  const look = (): void => {
    for (const [id, known] of watched) {
      const { state, queue: sendBytes, acked: ackedBytes } = socket
      const now = `${state} ${sendBytes + ackedBytes}`
      if (now !== known.last)
        changed(id, { state, sendBytes, ackedBytes, lookedMs: known.lookedMs, seenMs: clock.nowMs() })
      Object.assign(known, { last: now, lookedMs: clock.nowMs() })
    }
    if (watched.size > 0) clock.at(clock.nowMs() + 5, look)
  }
  return {
    watch: (id, local, remote) => {
      expect([local, remote]).toEqual(['10.77.1.2:40000', '10.77.2.2:1883'])
      watched.set(id, {})
      if (watched.size === 1) clock.at(clock.nowMs() + 5, look)
    },
    forget: id => void watched.delete(id),
    [Symbol.asyncDispose]: async () => watched.clear(),
  }
}

/** A client that has sent a PINGREQ which nobody acknowledges, with its socket as its kernel shows it. */
function stuckClient() {
  const clock = virtualClock()
  const seen: { what: string; atMs: number; lateMs: number; bytes?: number }[] = []
  const socket = { state: 1, queue: PINGREQ.length, acked: 100 }
  const watch = new CloseWatch({
    clock,
    offsetMs: 0,
    start: (side, { changed }) => looking(clock, side === 'client' ? socket : NEVER, changed),
    trouble: note => expect(note).toBe(''),
    ended: (flow, side, how, when) => tracker.ended(flow, side, how, when),
    unsent: (flow, side, bytes, when) => tracker.unsent(flow, side, bytes, when),
  })
  const tracker: Tracker = new Tracker(
    event => void ((event.what === 'unsent' || event.what === 'fin') && seen.push({ lateMs: 0, ...event } as never)),
    0,
    {
      sent: (flow, each, atMs) => watch.sent(flow, each, atMs),
      passed: (flow, each) => watch.passed(flow, each),
    },
  )
  watch.begin()
  for (const each of handshake()) tracker.see(each)
  const asks = segment({ seq: 101, payload: PINGREQ })
  tracker.see(asks)
  tracker.see({ ...asks, seenMs: 200 })
  return { clock, seen, socket, tracker, watch }
}

test('each write that the kernel holds is told once, with the moment from which it may have been there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 6 }), async writes => {
      const { clock, seen, socket, watch } = stuckClient()
      for (const [i, bytes] of writes.entries()) {
        await clock.advanceTo(202 + i * 20)
        socket.queue += bytes
      }
      await clock.advanceTo(400)
      // The FIN stands in the queue as well.
      Object.assign(socket, { state: 4, queue: socket.queue + 1 })
      await clock.advanceTo(500)
      await watch[Symbol.asyncDispose]()
      expect(seen.map(({ what, bytes }) => bytes ?? what)).toEqual([...writes, 'fin'])
      for (const [i] of writes.entries()) {
        const { atMs = 0, lateMs = 0 } = seen[i] ?? {}
        expect(atMs).toBeGreaterThanOrEqual(202 + i * 20)
        expect(atMs - lateMs).toBeLessThanOrEqual(202 + i * 20)
      }
    }),
  )
})

test('what was on the wire when its kernel was asked is not held, though the wire is heard of later', async () => {
  const { clock, seen, socket, tracker, watch } = stuckClient()
  await clock.advanceTo(220)
  socket.queue += 2
  await clock.advanceTo(260)
  tracker.see(segment({ seq: 103, payload: PINGREQ, seenMs: 219 }))
  await clock.advanceTo(400)
  socket.queue += 7
  await clock.advanceTo(500)
  await watch[Symbol.asyncDispose]()
  expect(seen.map(({ bytes }) => bytes)).toEqual([7])
})

test('a look that nobody has weighed when the run ends is weighed then', async () => {
  const { clock, seen, socket, watch } = stuckClient()
  await clock.advanceTo(300)
  socket.state = 4
  await clock.advanceTo(310)
  expect(seen).toEqual([])
  await watch[Symbol.asyncDispose]()
  expect(seen.map(({ what }) => what)).toEqual(['fin'])
})

test('what is acknowledged or sent meanwhile is not held, and a client that has closed is not looked at again', async () => {
  const { clock, seen, socket, tracker, watch } = stuckClient()
  socket.queue += 2
  // The wire has it before the next look has.
  tracker.see(segment({ seq: 103, payload: PINGREQ, seenMs: 201 }))
  for (const each of through('broker', { seq: 501, ack: 103, seenMs: 201 })) tracker.see(each)
  Object.assign(socket, { queue: 2, acked: 102 })
  await clock.advanceTo(230)
  expect(seen).toEqual([])
  Object.assign(socket, { state: 4, queue: 3 })
  await clock.advanceTo(240)
  socket.queue = 40
  tracker.see(segment({ seq: 103, payload: PINGREQ, seenMs: 600 }))
  await clock.advanceTo(700)
  await watch[Symbol.asyncDispose]()
  expect(seen.map(({ what }) => what)).toEqual(['fin'])
})
