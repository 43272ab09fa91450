/** A measurement that never was: peers that keep to a rule exactly, but for a little lateness. */

import { assemble } from '../../src/commands/ratios/assemble.ts'
import type { RatioTable } from '../../src/commands/ratios/ratio-table.ts'
import { seededRandom } from '../../src/engine/timeline.ts'
import { type ClientPeer, type Grid, type Job, type Peer, planOf } from '../../src/figures/ratio-plan.ts'
import { cutAtK, type PlayedPair, silentStartsMs, watchedMs } from '../../src/figures/ratio-play.ts'
import type { Sample, Spoilt } from '../../src/figures/sample.ts'

/** A broker's deadline; rounded up to a multiple of `roundsUpMs`, and looked for every `looksEveryMs` (0: all the time). */
export interface Rule {
  readonly k: number
  readonly ms?: number
  readonly roundsUpMs?: number
  readonly looksEveryMs?: number
}

export interface World {
  /** By name: after how long a client gives up, from its last answer; `undefined`: never. */
  readonly clients: Readonly<Record<string, (keepaliveMs: number, traffic: string) => number | undefined>>
  readonly brokers: Readonly<Record<string, Rule>>
  readonly grid?: Partial<Grid>
  /** Most that anything is late. */
  readonly latenessMs?: number
  readonly spoil?: (job: Job, n: number) => Spoilt | undefined
  readonly change?: (sample: Sample, job: Job) => Sample
}

export const GRID: Grid = { keepalivesS: [2, 4, 6, 8], phases: 4, traffics: ['idle', 'publishing'], brokerSamples: 64 }

export const client = (name: string, more: Partial<ClientPeer> = {}): ClientPeer => ({
  name,
  options: {},
  protocols: [4, 5],
  leastKeepaliveS: 1,
  publishes: true,
  isProgram: false,
  ...more,
})
export const broker = (name: string, protocols: Peer['protocols'] = [4, 5]): Peer => ({ name, options: {}, protocols })

export function outcomesOf(world: World): readonly PlayedPair[] {
  const random = seededRandom(7)
  const late = () => random() * (world.latenessMs ?? 5)
  const cast = {
    clients: Object.keys(world.clients).map(name => client(name)),
    brokers: Object.keys(world.brokers).map(name => broker(name)),
  }
  const { jobs } = planOf(cast, { ...GRID, ...world.grid })
  return jobs.flatMap((job, n): PlayedPair[] => {
    const spoilt = world.spoil?.(job, n)
    const zeroMs = n * 137.3
    const one = {
      job,
      zeroMs,
      clientVersion: '1.0.0',
      brokerVersion: '2.0.0',
      halfopen: '0.1.0',
      started: '2026-01-02T03:04:05.000Z',
    }
    if (spoilt) return [{ ...one, sample: spoilt }]
    const starts = job.kind === 'silent' ? silentStartsMs(job) : [0]
    return starts.map(startMs => {
      const sample = sampleIn(world, job, zeroMs, startMs, late)
      return { ...one, sample: world.change?.(sample, job) ?? sample }
    })
  })
}

function sampleIn(world: World, job: Job, zeroMs: number, startMs: number, late: () => number): Sample {
  const keepaliveMs = job.keepaliveS * 1000
  const cutMs = job.kind === 'silent' ? startMs : cutAtK(job) * keepaliveMs
  const isCut = job.kind === 'cut' || job.kind === 'silent'
  const gaveUpMs = world.clients[job.client.name]?.(keepaliveMs, job.traffic)
  const lastPacketMs = job.kind === 'silent' ? startMs : job.traffic === 'idle' ? keepaliveMs : cutMs - keepaliveMs / 8
  const closedMs = closes(world.brokers[job.broker.name], zeroMs + lastPacketMs, keepaliveMs) - zeroMs + late()
  const exact = { minusMs: 2, plusMs: 2 }
  const detection = (atMs: number, heardMs: number) => ({
    atMs,
    afterMs: atMs - heardMs,
    afterCutMs: atMs - cutMs,
    ...exact,
  })
  const pingsAtMs = [1, 2, 3].map(n => n * keepaliveMs + late()).filter(atMs => !isCut || atMs < cutMs)
  return {
    client: !isCut
      ? 'unasked'
      : gaveUpMs === undefined
        ? 'never'
        : detection(keepaliveMs + gaveUpMs + late(), keepaliveMs),
    broker: isCut ? detection(closedMs, lastPacketMs) : 'unasked',
    watchedMs: watchedMs(job.keepaliveS),
    pingsAtMs,
    gaps: pingsAtMs.slice(1).map((atMs, i) => ({ afterMs: atMs - (pingsAtMs[i] ?? 0), ...exact })),
    serverKeepAliveS: undefined,
    falseAlarm: undefined,
    healthyMs: isCut ? cutMs : 3.5 * keepaliveMs,
    told: isCut && gaveUpMs !== undefined ? 'error Keepalive timeout' : undefined,
  }
}

function closes(rule: World['brokers'][string] | undefined, heardMs: number, keepaliveMs: number): number {
  const { k, ms = 0, roundsUpMs = 1, looksEveryMs = 0 } = rule ?? { k: 1.5 }
  const dueMs = heardMs + Math.ceil((k * keepaliveMs + ms) / roundsUpMs) * roundsUpMs
  return looksEveryMs === 0 ? dueMs : 1234 + Math.ceil((dueMs - 1234) / looksEveryMs) * looksEveryMs
}

export const tableOf = (world: World): RatioTable => assembled(outcomesOf(world), world)

export function assembled(outcomes: readonly PlayedPair[], world: World): RatioTable {
  return assemble(outcomes, {
    clients: Object.keys(world.clients),
    brokers: Object.keys(world.brokers),
    halfopen: '0.1.0',
    node: 'v20.20.2',
    lab: 'local',
    started: '2026-01-02T03:04:05.000Z',
    tookMs: 192_000,
    machine: { cores: 2, loadBefore: 0.1 },
    settings: {
      ...GRID,
      ...world.grid,
      keepalivesS: [2, 4, 6, 8],
      traffics: ['idle', 'publishing'],
      jobs: 40,
      seed: 1,
    },
    planned: 0,
    done: 0,
    repeated: 3,
    leftOut: [{ what: 'paho-java', reason: 'it is not made', remedy: 'halfopen peers paho-java' }],
  })
}
