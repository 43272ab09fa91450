/** Which runs make the table. Phases are spread so that none falls on a ping. */

import { titleOf } from '../dialects/index.ts'
import type { Choice } from '../model/scenario.ts'
import { silent } from '../peers/clients/silent.ts'
import { liftOf } from './band.ts'
import { LIFT_S } from './exact.ts'

export const TRAFFICS = ['idle', 'publishing'] as const
export type RatioTraffic = (typeof TRAFFICS)[number]

/** A kind of client or broker, with the options that a scenario would give it, and the protocol levels that it speaks. */
export interface Peer extends Choice {
  /** By which the registry knows it, where the table calls it otherwise: a configuration of its own. Absent: its name. */
  readonly kind?: string
  readonly protocols: readonly (4 | 5)[]
  /** What it speaks (src/dialects/); absent: MQTT. */
  readonly dialect?: string
}

export interface ClientPeer extends Peer {
  readonly leastKeepaliveS: number
  readonly publishes: boolean
  /** A program of its own: starting one keeps a core busy for a while. */
  readonly isProgram: boolean
  /** Any program may be behind its name, in any dialect. */
  readonly nameless?: true
}

/**
 * One run.
 * - `cut`: the path dies at a moment of the second keep-alive, for good.
 * - `healthy`: nothing happens; pings and false alarms.
 * - `silent`: clients that fall silent at their CONNACK, for the broker's sake, one after the other.
 * - `imposed`: a healthy one of MQTT 5.0 whose broker imposes the keep-alive and the client asked for a longer one.
 */
export interface Job {
  readonly index: number
  readonly kind: 'cut' | 'healthy' | 'silent' | 'imposed'
  readonly client: ClientPeer
  readonly broker: Peer
  readonly protocol: 4 | 5
  /** In force; for `imposed` it is the broker's. */
  readonly keepaliveS: number
  readonly traffic: RatioTraffic
  /** `cut`: where in the second keep-alive the path dies, above 0 and below 1. `silent`: shifts when its clients begin. */
  readonly phase: number
  /** Clients; more than one only where they are silent. */
  readonly count: number
}

/** How many times longer than the imposed keep-alive the one is that the client asks for. */
export const ASKED_TIMES = 10

export interface Grid {
  readonly keepalivesS: readonly number[]
  /** Moments of the cut in one keep-alive. */
  readonly phases: number
  readonly traffics: readonly RatioTraffic[]
  /** Silent clients for each broker and keep-alive. */
  readonly brokerSamples: number
}

export interface Cast {
  readonly clients: readonly ClientPeer[]
  readonly brokers: readonly Peer[]
  /** One that can impose a keep-alive (mosquitto's max_keepalive); absent: Server Keep Alive stays unknown. */
  readonly imposer?: Peer
}

/** What is not measured, and why. */
export interface LeftOutPair {
  readonly what: string
  readonly reason: string
  readonly remedy?: string
}

interface Plan {
  readonly jobs: readonly Job[]
  readonly leftOut: readonly LeftOutPair[]
}

/** A line needs two points. */
const LEAST_KEEPALIVES = 2
/** mosquitto takes no shorter max_keepalive (src/conf.c: "Invalid max_keepalive value"). */
export const LEAST_IMPOSED_S = 10
const IMPOSED_RUNS = 2
type Unnumbered = Omit<Job, 'index'>

export function planOf({ clients, brokers, imposer }: Cast, grid: Grid): Plan {
  const parts = [
    ...brokers.map(broker => silentJobs(broker, grid)),
    ...clients.map(client => clientJobs(client, brokers, grid)),
    ...clients.map(client => imposedJobs(client, imposer, grid)),
  ]
  return {
    jobs: parts.flatMap(({ jobs }) => jobs).map((job, index) => ({ ...job, index })),
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
  }
}

interface Part {
  readonly jobs: readonly Unnumbered[]
  readonly leftOut: readonly LeftOutPair[]
}

/** The instrument for brokers, in every dialect: it says CONNECT, or what else is needed to be accepted, and nothing more. */
export const SILENT: ClientPeer = {
  name: silent.name,
  options: {},
  protocols: [4, 5],
  leastKeepaliveS: 1,
  publishes: false,
  isProgram: false,
}

/** A longer keep-alive makes the slope better known, and waiting costs no work. So each keep-alive comes once more, longer by a multiple of the lift. */
/** MQTT can say no more: it has two bytes for it. */
const LONGEST_S = 65_535
function liftS(keepalivesS: readonly number[]): number {
  const longestS = Math.max(...keepalivesS)
  return LIFT_S * Math.min(Math.ceil(longestS / LIFT_S), Math.floor((LONGEST_S - longestS) / LIFT_S))
}

/** As a profile has them that was made of such runs. */
const isLifted = (keepalivesS: readonly number[]): boolean =>
  keepalivesS.length >= 2 * LEAST_KEEPALIVES && (liftOf(keepalivesS) ?? 1) % LIFT_S === 0

function silentJobs(broker: Peer, { keepalivesS, brokerSamples }: Grid): Part {
  if (brokerSamples === 0) return { jobs: [], leftOut: [] }
  const protocol = broker.protocols.includes(4) ? 4 : 5
  const one = { kind: 'silent', client: SILENT, broker, protocol, traffic: 'idle', count: brokerSamples } as const
  const all = isLifted(keepalivesS)
    ? keepalivesS
    : [...new Set([...keepalivesS, ...keepalivesS.map(keepaliveS => keepaliveS + liftS(keepalivesS))])]
  return { jobs: all.map((keepaliveS, i) => ({ ...one, keepaliveS, phase: i / all.length })), leftOut: [] }
}

function clientJobs(client: ClientPeer, brokers: readonly Peer[], grid: Grid): Part {
  const keepalivesS = grid.keepalivesS.filter(keepaliveS => keepaliveS >= client.leastKeepaliveS)
  const short = grid.keepalivesS.filter(keepaliveS => keepaliveS < client.leastKeepaliveS)
  if (keepalivesS.length < LEAST_KEEPALIVES) return { jobs: [], leftOut: [tooFew(client, keepalivesS.length)] }
  const understood = partnersOf(client, brokers)
  if (understood.length === 0) return { jobs: [], leftOut: [alone(client)] }
  const pairs = understood.map(broker => ({ broker, protocol: commonProtocol(client, broker) }))
  const traffics = grid.traffics.filter(traffic => traffic === 'idle' || client.publishes)
  const jobs = pairs.flatMap(({ broker, protocol }) =>
    protocol === undefined
      ? []
      : traffics.flatMap(traffic =>
          keepalivesS.flatMap(keepaliveS => runs({ client, broker, protocol, keepaliveS, traffic }, grid.phases)),
        ),
  )
  const leftOut = [
    ...short.map(keepaliveS => ({
      what: `${client.name} at K = ${keepaliveS} s`,
      reason: `it takes no keep-alive below ${client.leastKeepaliveS} s`,
    })),
    ...pairs.filter(({ protocol }) => protocol === undefined).map(({ broker }) => speechless(client, broker)),
    ...(traffics.length < grid.traffics.length
      ? [{ what: `${client.name} publishing`, reason: "it can't be asked to publish" }]
      : []),
  ]
  return { jobs, leftOut }
}

/** The ping rule rests on the idle ones alone, and each has room for three pings. */
const HEALTHY_RUNS = { idle: 2, publishing: 1 } as const

const runs = (one: Pick<Job, 'client' | 'broker' | 'protocol' | 'keepaliveS' | 'traffic'>, phases: number) => [
  ...Array.from(
    { length: phases },
    (_, i): Unnumbered => ({ ...one, kind: 'cut', phase: (i + 0.5) / phases, count: 1 }),
  ),
  ...Array.from(
    { length: HEALTHY_RUNS[one.traffic] },
    (): Unnumbered => ({ ...one, kind: 'healthy', phase: 0, count: 1 }),
  ),
]

function imposedJobs(client: ClientPeer, imposer: Peer | undefined, { keepalivesS }: Grid): Part {
  if (!imposer || client.dialect !== imposer.dialect || !client.protocols.includes(5)) return { jobs: [], leftOut: [] }
  const keepaliveS = Math.max(LEAST_IMPOSED_S, client.leastKeepaliveS, Math.min(...keepalivesS))
  const one = {
    kind: 'imposed',
    client,
    broker: imposer,
    protocol: 5,
    keepaliveS,
    traffic: 'idle',
    phase: 0,
    count: 1,
  } as const
  return { jobs: Array.from({ length: IMPOSED_RUNS }, () => one), leftOut: [] }
}

/** MQTT 3.1.1 where both speak it: the oldest brokers and libraries speak nothing else. */
const commonProtocol = (client: Peer, broker: Peer): 4 | 5 | undefined =>
  ([4, 5] as const).find(level => client.protocols.includes(level) && broker.protocols.includes(level))

const speechless = (client: Peer, broker: Peer): LeftOutPair => ({
  what: `${client.name} with ${broker.name}`,
  reason: `${client.name} speaks ${spoken(client)} only, ${broker.name} ${spoken(broker)}`,
})

/** Those that speak as it does. A program of somebody's own is taken for one of MQTT, where a broker of MQTT is here. */
function partnersOf({ dialect, nameless }: ClientPeer, brokers: readonly Peer[]): readonly Peer[] {
  const understood = brokers.filter(broker => broker.dialect === dialect)
  return understood.length === 0 && nameless ? brokers : understood
}

/** That it can't be paired with brokers of other dialects need not be said, where one is here. */
const alone = ({ name, dialect }: ClientPeer): LeftOutPair => ({
  what: name,
  reason: `it speaks ${titleOf(dialect)}, and none of the brokers that are here does`,
})

const spoken = ({ protocols }: Peer): string =>
  protocols.map(level => (level === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1')).join(' and ')

const tooFew = ({ name, leastKeepaliveS }: ClientPeer, left: number): LeftOutPair => ({
  what: name,
  reason: `it takes no keep-alive below ${leastKeepaliveS} s, so ${left === 0 ? 'none' : 'one'} of those asked for is left; a line needs two`,
  remedy: `--keepalive ${leastKeepaliveS}s,${leastKeepaliveS + 2}s`,
})
