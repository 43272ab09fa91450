/**
 * What was measured by hand with Debian's mosquitto and `mosquitto_sub -k 10 -q 1 -c`, the flow forgotten at 4 s and a QoS 1
 * message published at 6 s, is what halfopen measures: as root and as a user without rights.
 */
import { describe } from 'vitest'
import { available } from '../../../src/labs/netns/allowed.ts'
import type { Event } from '../../../src/model/event.ts'
import { type Time, test } from '../../doubt/test.ts'
import { noMosquitto, titled } from '../../needs.ts'
import { NOBODY, type Played, startPlaying } from './play.ts'

const machine = await available()
if (machine !== true && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(machine.reason)

const isRoot = process.getuid?.() === 0
const USERS = isRoot ? [undefined, NOBODY] : [undefined]

const firstMs = ({ evidence }: Played, fits: (event: Event) => boolean): number =>
  Math.round(evidence.events.find(fits)?.atMs ?? Number.NaN)

const arrival = (played: Played) => firstMs(played, event => event.what === 'received' && event.seq === 1)
const brokerEnds = (played: Played) =>
  firstMs(played, event => event.who === 'broker' && event.what === 'client-closed')
const endAt = (edge: 'client' | 'broker') => (played: Played) =>
  firstMs(played, event => (event.what === 'fin' || event.what === 'rst') && event.edge === edge)

/** mosquitto 2.0 counts in whole seconds and looks every 5 to 6 s, libmosquitto pings up to a second early. */
const about = (time: Time, { evidence }: Played, toMs: number, atMs: number, earlyMs: number, lateMs: number) =>
  time.saw(
    `what comes at ${atMs} ms`,
    { evidence, fromMs: 0, toMs },
    { earliestMs: atMs - earlyMs, latestMs: atMs + lateMs, spareMs: 400 },
  )

describe.runIf(machine === true).concurrent('behind a PUBACK that nobody acknowledges', () => {
  test('who has asked gives up; who just closes, or says DISCONNECT, does not', async ({ expect, time }) => {
    const all = await startPlaying(['test/labs/netns/held.yaml']).played
    for (const how of ['good', 'closes', 'leaves']) {
      const found = all.find(({ evidence }) => evidence.header.scenario.name.includes(`held.cjs ${how}`))
      if (!found) throw new Error(`nobody was played who is ${how}`)
      const verdict = time.judged(found.verdict)
      expect(verdict, how).toMatchObject(
        how === 'good'
          ? { result: 'pass' }
          : { result: 'fail', outcomes: [{ reason: expect.stringContaining('want of an answer') }] },
      )
      const held = found.evidence.events.filter(({ what }) => what === 'unsent')
      if (how === 'good') expect(held).toContainEqual(expect.objectContaining({ edge: 'client', bytes: 2 }))
    }
  })
})

describe.runIf(machine === true && !noMosquitto).concurrent('in namespaces', () => {
  test.for(USERS.map(uid => ({ uid })))(
    titled('the table of measured detections, as user $uid', noMosquitto),
    async ({ uid }, { expect, time }) => {
      const { first, played } = startPlaying(['scenarios/netns/table'], uid)
      expect(await first).toMatchObject({ right: uid === undefined && isRoot ? 'root' : 'user-namespace' })
      const all = await played
      const of = (word: string) => {
        const found = all.find(({ evidence }) => evidence.header.scenario.name.includes(word))
        if (!found) throw new Error(`nothing was played that is called ${word}`)
        expect(time.judged(found.verdict), word).toMatchObject({ result: 'pass' })
        return found
      }
      const silent = of('strict')
      about(time, silent, brokerEnds(silent), 17_000, 1500, 1500)
      about(time, silent, endAt('client')(silent), 20_000, 1100, 300)
      about(time, silent, arrival(silent), 21_000, 1100, 500)

      const heals = of('loose')
      expect(
        heals.evidence.events.filter(({ what }) => what === 'client-closed' || what === 'fin' || what === 'rst'),
      ).toEqual([])
      about(time, heals, arrival(heals), 13_000, 1000, 600)

      const rst = of('rejects')
      about(time, rst, brokerEnds(rst), 6000, 50, 200)
      about(time, rst, endAt('client')(rst), 10_000, 1100, 300)
      about(time, rst, arrival(rst), 11_000, 1100, 500)
    },
  )
})
