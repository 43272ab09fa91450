import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import type { Hearer } from '../../../src/link/pipe/ends.ts'
import { dialledEnd } from '../../../src/link/pipe/relay.ts'

type Socket = ReturnType<Parameters<typeof dialledEnd>[0]>

/** A socket that notes what it was asked to write. */
function wired() {
  const asked: unknown[][] = []
  const congested: boolean[] = []
  const socket = Object.assign(new Duplex({ read() {}, write: (_bytes, _encoding, taken) => taken() }), {
    write: (...given: unknown[]) => asked.push(given) > 1,
  })
  // What it was given has not left it.
  Object.defineProperty(socket, 'writableLength', { value: 1 })
  const hearer: Hearer = { arrive() {}, established() {}, congested: (_side, on) => void congested.push(on) }
  const end = dialledEnd(() => socket as unknown as Socket, hearer)
  end.open()
  return { end, asked, congested }
}

test('a write that nobody dates asks for no callback: each would be a request that outlives its bytes', () => {
  const { end, asked, congested } = wired()
  end.write(Buffer.from('a'))
  end.write(Buffer.from('b'))
  expect(asked.map(given => given.length)).toEqual([1, 1])
  expect(congested).toEqual([true])
})

test('one that is dated is told once', () => {
  const { end, asked } = wired()
  let told = 0
  end.write(Buffer.from('a'), () => told++)
  for (const [, written] of asked) (written as () => void)()
  expect(told).toBe(1)
})
