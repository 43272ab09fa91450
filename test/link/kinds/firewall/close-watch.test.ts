import fc from 'fast-check'
import { expect, test } from 'vitest'
import { virtualClock } from '../../../../src/clock/virtual.ts'
import { CloseWatch } from '../../../../src/link/kinds/firewall/close-watch.ts'
import type { FirewallPlace } from '../../../../src/link/kinds/firewall/firewall-place.ts'
import { Tracker } from '../../../../src/link/kinds/firewall/tracker.ts'
import { handshake, PINGREQ, segment, through } from './segments.ts'

/** A client that has sent a PINGREQ which nobody acknowledges, with its socket as its kernel shows it. */
function stuckClient() {
  const clock = virtualClock()
  const seen: { what: string; atMs: number; lateMs: number; bytes?: number }[] = []
  const socket = { state: '01', queue: PINGREQ.length }
  const place: Pick<FirewallPlace, 'sockets'> = {
    sockets: side => {
      const queue = socket.queue.toString(16).padStart(8, '0')
      return side === 'client'
        ? `   0: 02014D0A:9C40 02024D0A:075B ${socket.state} ${queue}:00000000 00:00000000\n`
        : ''
    },
  }
  const watch = new CloseWatch({
    clock,
    place,
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
      Object.assign(socket, { state: '04', queue: socket.queue + 1 })
      await clock.advanceTo(500)
      watch.end()
      expect(seen.map(({ what, bytes }) => bytes ?? what)).toEqual([...writes, 'fin'])
      for (const [i] of writes.entries()) {
        const { atMs = 0, lateMs = 0 } = seen[i] ?? {}
        expect(atMs).toBeGreaterThanOrEqual(202 + i * 20)
        expect(atMs - lateMs).toBeLessThanOrEqual(202 + i * 20)
      }
    }),
  )
})

test('what is acknowledged or sent meanwhile is not held, and a client that has closed is not looked at again', async () => {
  const { clock, seen, socket, tracker, watch } = stuckClient()
  socket.queue += 2
  // The wire has it before the next look has.
  tracker.see(segment({ seq: 103, payload: PINGREQ, seenMs: 201 }))
  for (const each of through('broker', { seq: 501, ack: 103, seenMs: 201 })) tracker.see(each)
  socket.queue = 2
  await clock.advanceTo(230)
  expect(seen).toEqual([])
  Object.assign(socket, { state: '04', queue: 3 })
  await clock.advanceTo(240)
  socket.queue = 40
  tracker.see(segment({ seq: 103, payload: PINGREQ, seenMs: 600 }))
  await clock.advanceTo(700)
  watch.end()
  expect(seen.map(({ what }) => what)).toEqual(['fin'])
})
