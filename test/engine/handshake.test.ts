import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Recorded } from '../../src/clock/kit.ts'
import { virtualClock } from '../../src/clock/virtual.ts'
import { type Greeting, handshake } from '../../src/engine/handshake.ts'
import { recorder } from '../../src/engine/recorder.ts'

/** What two processes tell of one sealed connection, each in its own order. */
const LINK: readonly Recorded[] = [
  { who: 'link', what: 'open', edge: 'client', from: 'client', conn: 1, device: 1, atMs: 1 },
  { who: 'link', what: 'undecoded', edge: 'client', flow: 'up', sealed: 'TLS', note: '', conn: 1, device: 1, atMs: 2 },
]
const CLIENT: readonly Recorded[] = [
  { who: 'client', what: 'log', note: 'it dials', device: 1, atMs: 0 },
  { who: 'client', what: 'connected', note: 'CONNACK 0', device: 1, atMs: 9 },
]

function watched() {
  const seen = recorder(virtualClock(), 'r', { alone: true })
  const greetings: Greeting[] = []
  const shaking = handshake(seen, {
    count: 1,
    subscribes: false,
    onConnack: greeting => void greetings.push(greeting),
    onReady: () => {},
    final: true,
    later: act => act(),
    trouble: error => expect.fail(String(error)),
  })
  return { record: seen.record, greetings, shaking }
}

it("takes the client's word on a sealed connection, whichever process is heard first", () => {
  const merged = fc.shuffledSubarray([0, 0, 1, 1], { minLength: 4 })
  fc.assert(
    fc.property(merged, turns => {
      const { record, greetings, shaking } = watched()
      const rest = [[...LINK], [...CLIENT]]
      for (const turn of turns) record(rest[turn]?.shift() ?? expect.fail())
      expect(greetings).toEqual([{ device: 1, connackMs: 9 }])
      expect(shaking.shortfall()).toBeUndefined()
    }),
  )
})

it('takes no word on a connection that can be read', () => {
  const { record, greetings, shaking } = watched()
  for (const event of [LINK[0], ...CLIENT]) record(event ?? expect.fail())
  expect(greetings).toEqual([])
  expect(shaking.shortfall()).toBeDefined()
})
