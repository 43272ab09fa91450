/**
 * The models of clients and brokers against what is known of the real ones: the rows of peers/expected.json, which were read in their
 * sources, and test/peers/models/real-clients.json, which was measured (`npm run bench models -- --write`: the same scenario with the real
 * client in the lab local, and with its model here).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Duration, milliseconds, resolveDuration } from '../../../src/model/duration.ts'
import type { Event } from '../../../src/model/event.ts'
import type { Evidence } from '../../../src/model/evidence.ts'
import type { Traffic } from '../../../src/model/scenario.ts'
import { brokerProfiles } from '../../../src/peers/models/brokers/index.ts'
import { clientProfiles, olderClientProfiles } from '../../../src/peers/models/clients/index.ts'
import { clientProfile } from '../../../src/timing/profiles/clients.ts'
import { familyOf } from '../../../src/timing/profiles/peer.ts'
import { inRange } from '../../../src/timing/version.ts'
import { played } from '../../sim/play.ts'
import { timesOf } from '../../sim/timeline.ts'

const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'))

interface Row {
  readonly names: readonly string[]
  readonly versions: string
  readonly role: 'client' | 'broker'
  readonly keepaliveS?: readonly [number, number]
  readonly ping?: Duration
  readonly afterAnswer?: Duration
  readonly afterLastPacket?: Duration
  readonly afterAnswerGranularity?: Duration
  readonly granularityMs?: number
  readonly serverKeepAlive?: 'honoured' | 'ignored'
}
const ROWS: readonly Row[] = read('../../../peers/expected.json').peers

const rowsOf = (role: Row['role'], name: string, version: string, keepaliveS: number) =>
  ROWS.filter(
    ({ names, versions, keepaliveS: [least, most] = [0, Infinity], ...row }) =>
      row.role === role &&
      names.includes(familyOf(name)) &&
      inRange(version, versions) &&
      keepaliveS >= least &&
      keepaliveS <= most,
  )

/** What a figure may be off by: 0.02 in a factor and 0.3 s in an offset. */
const toleranceMs = (keepaliveS: number): number => 20 * keepaliveS + 300

interface Course {
  readonly pingsMs: readonly number[]
  /** After the last packet that it got; `null`: never. */
  readonly closedMs: number | null
}

const isPing = (event: Event) => event.what === 'packet' && event.packet.cmd === 'pingreq' && event.edge === 'client'
const isReceived = (event: Event) => event.what === 'packet' && event.flow === 'down' && event.edge === 'client'
const isEnd = (event: Event) => event.what === 'fin' && event.edge === 'client' && event.from === 'client'

/** As bench/models.js plays it: the path dies a little after the second ping was due. */
async function courseOf(client: string, keepaliveS: number, traffic: Traffic = {}, version?: string): Promise<Course> {
  const cutMs = Math.round(2.3 * keepaliveS * 1000 + 130)
  const evidence = await played({
    client,
    keepaliveS,
    traffic,
    latencyMs: 0,
    untilMs: cutMs + 3200 * keepaliveS + 13_000,
    troubles: [{ atMs: cutMs, fault: 'blackhole' }],
    clientOptions: version === undefined ? {} : { version },
  })
  const first: Evidence = { ...evidence, events: evidence.events.filter(({ conn }) => conn === 1) }
  const [endMs] = timesOf(first, isEnd)
  const lastMs = timesOf(first, isReceived).at(-1) ?? Number.NaN
  return { pingsMs: timesOf(first, isPing), closedMs: endMs === undefined ? null : endMs - lastMs }
}

/** No real one of these is made here. */
const UNMADE = ['aws-iot', 'esp-mqtt']
/** Nor does a row say something exact of them: only bounds from their sources are known. */
const BOUNDED = ['aws-iot 0.16.2', 'esp-mqtt 1.1.0', 'paho-c 1.3.10']

const everyProfile = [...clientProfiles, ...olderClientProfiles]

describe.each(
  everyProfile.map(({ name, version, honoursServerKeepAlive }) => ({ name, version, honoursServerKeepAlive })),
)('the model of $name $version, idle,', ({ name, version, honoursServerKeepAlive }) => {
  const keepalivesS = [5, 6, 20]

  async function keepsTo(row: Row, keepaliveS: number): Promise<void> {
    const { pingsMs, closedMs } = await courseOf(name, keepaliveS, {}, version)
    const ms = (duration: Duration | undefined) => (duration ? resolveDuration(duration, keepaliveS * 1000) : 0)
    const leastMs = ms(row.afterAnswer)
    expect(closedMs, `K = ${keepaliveS} s`).toBeGreaterThanOrEqual(leastMs - toleranceMs(keepaliveS))
    const mostMs = leastMs + ms(row.afterAnswerGranularity)
    expect(closedMs, `K = ${keepaliveS} s`).toBeLessThanOrEqual(mostMs + toleranceMs(keepaliveS))
    const [one = 0, other = 0] = pingsMs
    if (row.ping) expect(Math.abs(other - one - ms(row.ping))).toBeLessThanOrEqual(toleranceMs(keepaliveS))
    if (row.serverKeepAlive) expect(honoursServerKeepAlive).toBe(row.serverKeepAlive === 'honoured')
  }

  async function keepsWithinItsSource(keepaliveS: number): Promise<void> {
    const profile = clientProfile({ name, version }, keepaliveS * 1000, 4)
    if (!profile) throw new Error(`no profile of ${name}`)
    const { closedMs } = await courseOf(name, keepaliveS, {}, version)
    expect(closedMs).toBeGreaterThanOrEqual(resolveDuration(profile.best, keepaliveS * 1000))
    expect(closedMs).toBeLessThanOrEqual(resolveDuration(profile.worst, keepaliveS * 1000) + 300)
  }

  test('pings and gives up as peers/expected.json has it, or else within the bounds of its source', async () => {
    let exact = 0
    for (const keepaliveS of keepalivesS) {
      const [row, ...more] = rowsOf('client', name, version, keepaliveS)
      expect(more).toEqual([])
      if (row) exact++
      await (row ? keepsTo(row, keepaliveS) : keepsWithinItsSource(keepaliveS))
    }
    // Paho Go's rule has a bend at 10 s, behind which no figure is exact.
    expect(exact).toBe(BOUNDED.includes(`${name} ${version}`) ? 0 : name === 'paho-go' ? 2 : keepalivesS.length)
  })
})

interface Measured extends Course {
  readonly client: string
  readonly version: string
  readonly keepaliveS: number
  readonly traffic: keyof typeof TRAFFICS
}
const TRAFFICS = {
  idle: {},
  'publishing QoS 0': { publishing: { qos: 0, every: milliseconds(700) } },
  'publishing QoS 1': { publishing: { qos: 1, every: milliseconds(700) } },
} as const satisfies Readonly<Record<string, Traffic>>
const MEASURED: readonly Measured[] = read('real-clients.json')

/** How far two real ones may be apart, beyond the tolerance. */
function bandMs({ client, keepaliveS, traffic }: Measured): number {
  // Its clock shows whole seconds, which begin where they like: with traffic each of two steps is up to 1 s early.
  if (client === 'libmosquitto' && traffic !== 'idle') return 1000
  // A due that falls on a tick of K/4 is found by it or by the next, as microseconds will have it.
  if (client === 'paho-go') return (keepaliveS * 1000) / 4
  return 0
}

describe('a model does what the real one was seen to do:', () => {
  test('there are figures of most', () => {
    const seen = new Set(MEASURED.map(({ client }) => client))
    expect(clientProfiles.map(({ name }) => name).filter(name => !seen.has(name))).toEqual(UNMADE)
  })

  test.each(MEASURED)('$client $version, K = $keepaliveS s, $traffic', async measured => {
    const { client, version, keepaliveS, traffic, pingsMs, closedMs } = measured
    const numbers = /\d+\.\d+\.\d+/.exec(version)?.[0] ?? ''
    const model = await courseOf(client, keepaliveS, TRAFFICS[traffic], numbers)
    const withinMs = toleranceMs(keepaliveS) + bandMs(measured)
    if (closedMs === null) expect(model.closedMs).toBeNull()
    else expect(Math.abs((model.closedMs ?? Infinity) - closedMs)).toBeLessThanOrEqual(withinMs)
    for (const [index, ms] of pingsMs.entries())
      expect(Math.abs((model.pingsMs[index] ?? Infinity) - ms)).toBeLessThanOrEqual(withinMs)
  })
})

const isBrokersEnd = (event: Event) => event.what === 'fin' && event.edge === 'broker' && event.from === 'broker'

describe.each(brokerProfiles.map(({ name, family, version, scanS }) => ({ name, family, version, scanS })))(
  'the model of $family $version',
  ({ name, family, version, scanS }) => {
    // 1.5K are whole seconds, as the rows have it.
    test.each([2, 10])('closes as peers/expected.json has it, K = %i s', async keepaliveS => {
      const [row, ...more] = rowsOf('broker', family, version, keepaliveS)
      expect(more).toEqual([])
      if (!row?.afterLastPacket) throw new Error(`no row of peers/expected.json speaks of ${family} ${version}`)
      const ms = (duration: Duration | undefined) => (duration ? resolveDuration(duration, keepaliveS * 1000) : 0)
      const closesMs: number[] = []
      for (let phaseS = 0; phaseS < scanS; phaseS += 0.25) {
        const silent = { client: 'silent', latencyMs: 0, untilMs: 60_000, brokerOptions: { phaseS } }
        closesMs.push(timesOf(await played({ broker: name, keepaliveS, ...silent }), isBrokersEnd)[0] ?? Infinity)
      }
      const [leastMs, mostMs] = [ms(row.afterLastPacket), ms(row.afterLastPacket) + (row.granularityMs ?? 0)]
      // Whole seconds: a second more than the scan.
      const withinMs = toleranceMs(keepaliveS) + 1000
      expect(Math.min(...closesMs)).toBeGreaterThanOrEqual(leastMs - toleranceMs(keepaliveS))
      expect(Math.min(...closesMs)).toBeLessThanOrEqual(leastMs + withinMs)
      expect(Math.max(...closesMs)).toBeLessThanOrEqual(mostMs + withinMs)
      expect(Math.max(...closesMs)).toBeGreaterThanOrEqual(mostMs - withinMs)
    })
  },
)
