/** What reality leaves open, a seed decides; and whatever it decides, TCP's promises hold. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/clock/kit.ts'
import { virtualClock } from '../../src/clock/virtual.ts'
import { Readers } from '../../src/sim/readers.ts'
import { SimSocket } from '../../src/sim/socket.ts'

interface Sending {
  readonly socket: number
  readonly atMs: number
  readonly text: string
}

const SOCKETS = [0, 1, 2]

/** Plays what arrives when, and tells what was read: `socket@ms text`. */
async function reads(sendings: readonly Sending[], random: () => number): Promise<string[]> {
  const clock = virtualClock()
  const readers = new Readers(clock, random)
  const noted: string[] = []
  const context = { sent() {}, finished() {}, closed() {}, congested() {} }
  const sockets = SOCKETS.map(name => {
    const socket = new SimSocket(context, readers)
    socket.on('data', bytes => noted.push(`${name}@${clock.nowMs()} ${bytes}`))
    socket.on('end', () => noted.push(`${name}@${clock.nowMs()} end`))
    return socket
  })
  for (const { socket, atMs, text } of sendings) clock.at(atMs, () => void sockets[socket]?.receive(Buffer.from(text)))
  for (const socket of sockets) clock.at(100, () => socket.receiveFin())
  await clock.advanceTo(1000)
  expect(clock.live).toBe(0)
  return noted
}

const ofSocket = (noted: readonly string[], socket: number) =>
  noted.filter(note => note.startsWith(`${socket}@`)).map(note => note.slice(note.indexOf(' ') + 1))

/** Few moments, so that many fall together. */
const SENDING = fc.record({
  socket: fc.constantFrom(...SOCKETS),
  atMs: fc.nat({ max: 3 }),
  text: fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', 'c') }),
})

describe('whatever the seed', () => {
  test('all bytes are read once, in order, at the moment at which they arrived, and the FIN after them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(SENDING, { maxLength: 20 }), fc.nat(), async (sendings, seed) => {
        const noted = await reads(sendings, seededRandom(seed))
        const inTime = sendings.toSorted((one, other) => one.atMs - other.atMs)
        for (const socket of SOCKETS) {
          const sent = inTime.filter(each => each.socket === socket)
          expect(ofSocket(noted, socket).join('')).toBe(`${sent.map(({ text }) => text).join('')}end`)
          for (const atMs of [0, 1, 2, 3]) {
            const then = noted.filter(note => note.startsWith(`${socket}@${atMs} `)).map(note => note.split(' ')[1])
            const sentThen = sent.filter(each => each.atMs === atMs).map(({ text }) => text)
            expect(then.join('')).toBe(sentThen.join(''))
          }
        }
      }),
    )
  })

  test('it decides alone: twice the same seed is twice the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(SENDING, { maxLength: 20 }), fc.nat(), async (sendings, seed) => {
        expect(await reads(sendings, seededRandom(seed))).toEqual(await reads(sendings, seededRandom(seed)))
      }),
    )
  })
})

describe('over some seeds', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed)
  const overSeeds = async (sendings: readonly Sending[]) =>
    new Set(await Promise.all(seeds.map(async seed => (await reads(sendings, seededRandom(seed))).join(', '))))

  test('a burst of three is read in every way in which it can be', async () => {
    const burst = ['a', 'b', 'c'].map(text => ({ socket: 0, atMs: 1, text }))
    const ways = [...(await overSeeds(burst))].map(way => way.replaceAll(/, \d@100 end/g, ''))
    expect(new Set(ways)).toEqual(new Set(['0@1 abc', '0@1 a, 0@1 bc', '0@1 ab, 0@1 c', '0@1 a, 0@1 b, 0@1 c']))
  })

  test('of two sockets each is the first to be read', async () => {
    const both = [0, 1].map(socket => ({ socket, atMs: 1, text: 'x' }))
    const firsts = [...(await overSeeds(both))].map(way => way.slice(0, 3))
    expect(new Set(firsts)).toEqual(new Set(['0@1', '1@1']))
  })
})

test('where nothing is open nothing is drawn', async () => {
  const chance = () => {
    throw new Error('chance was asked for')
  }
  const clock = virtualClock()
  const socket = new SimSocket({ sent() {}, finished() {}, closed() {}, congested() {} }, new Readers(clock, chance))
  let got = ''
  socket.on('data', bytes => {
    got += bytes
  })
  for (const atMs of [1, 2, 3]) clock.at(atMs, () => void socket.receive(Buffer.from(String(atMs))))
  clock.at(4, () => socket.receiveFin())
  await clock.advanceTo(10)
  expect(got).toBe('123')
})

test('what a closed socket has not read is nobody else’s affair', async () => {
  const clock = virtualClock()
  const readers = new Readers(clock, seededRandom(1))
  const context = { sent() {}, finished() {}, closed() {}, congested() {} }
  const closing = new SimSocket(context, readers)
  const other = new SimSocket(context, readers)
  let got = ''
  closing.on('data', bytes => {
    got += bytes
  })
  other.on('data', bytes => {
    got += bytes
  })
  clock.at(1, () => {
    closing.receive(Buffer.from('lost'))
    other.receive(Buffer.from('kept'))
    closing.destroy()
  })
  await clock.advanceTo(10)
  expect(got).toBe('kept')
  expect(clock.live).toBe(0)
})
