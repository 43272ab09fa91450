import { TIE_MS } from '../../timing/tolerance.ts'
import { castOf } from './cast.ts'
import { brokerRow, clientRow, falseAlarms, whyNot } from './peer-rows.ts'
import { drawn, type Good, goodOf, mostFrequent, pointsOf, unreliable } from './points.ts'
import { type MeasureContext, type MeasureOrder, type MeasurePeer, NeverGaveUp } from './ratio-figures.ts'
import { greatest, least } from './ratio-fit.ts'
import { type Cast, planOf, TRAFFICS } from './ratio-plan.ts'
import type { PlayedPair } from './ratio-play.ts'
import { measureRatios } from './ratio-schedule.ts'
import { asMeasured, type PairRow, RATIOS_FORMAT, type RatioRow, type RatioTable } from './ratio-table.ts'
import { FIGURES, timeText } from './ratio-words.ts'
import { isDetection } from './sample.ts'

/** Those of `halfopen ratios --clients --brokers`. */
export const RATIO_DEFAULTS = {
  keepalivesS: [2, 4, 6, 8],
  phases: 4,
  brokerSamples: 96,
  jobs: 40,
} as const

/** Each run's chances hang on it; figures of real time repeat no better for a fixed one. */
const SEED = 1

/** See `MeasurePeer`: the row of the ratio table for one peer, from runs with one partner. */
export const measurePeer: MeasurePeer = async (order, context) => {
  const cast = await castFor(order, context)
  const [peer] = order.role === 'client' ? cast.clients : cast.brokers
  const { jobs, leftOut } = planOf(cast, {
    keepalivesS:
      order.keepalivesS ?? keepalivesFrom(order.role === 'client' ? (cast.clients[0]?.leastKeepaliveS ?? 1) : 1),
    phases: order.phases ?? RATIO_DEFAULTS.phases,
    traffics: TRAFFICS,
    brokerSamples: order.role === 'broker' ? (order.brokerSamples ?? RATIO_DEFAULTS.brokerSamples) : 0,
  })
  if (!peer || jobs.length === 0)
    throw unmeasured(
      order,
      leftOut.map(({ reason }) => reason),
    )
  const { outcomes } = await measureRatios(jobs, { ...context, most: order.jobs ?? RATIO_DEFAULTS.jobs, seed: SEED })
  if (context.signal?.aborted) throw unmeasured(order, ['stopped before all of its runs were done'])
  const troubles = outcomes.flatMap(({ sample }) =>
    'spoilt' in sample && sample.spoilt === 'trouble' ? [sample.reason] : [],
  )
  // Nothing of this is the machine's doing: less at the same time would not help.
  const trouble = mostFrequent(troubles)
  if (trouble !== undefined && troubles.length === outcomes.length) throw unmeasured(order, [trouble])
  const row = rowFor(order, inOrder(outcomes))
  if (row.never)
    throw new NeverGaveUp(
      `the ${order.role} ${order.name} never gave up, watched for up to ${timeText(row.watchedMs)} after the cut`,
    )
  return asMeasured(row)
}

function rowFor({ role, name }: MeasureOrder, outcomes: Parameters<typeof clientRow>[1]): RatioRow {
  if (role === 'client') return clientRow(name, outcomes)
  return brokerRow(
    name,
    outcomes.filter(({ job }) => job.kind !== 'imposed'),
  )
}

/** The defaults, moved up for a library that takes no short ones. */
const keepalivesFrom = (leastS: number): readonly number[] =>
  RATIO_DEFAULTS.keepalivesS.map(
    keepaliveS => keepaliveS + Math.max(0, Math.ceil(leastS - RATIO_DEFAULTS.keepalivesS[0])),
  )

async function castFor(order: MeasureOrder, context: MeasureContext): Promise<Cast> {
  const self = { name: order.name, ...(order.options ? { options: order.options } : {}) }
  const partners = order.partner === undefined ? PARTNERS[order.role] : [order.partner]
  const others = partners.map(name => ({ name }))
  const wanted = order.role === 'client' ? { clients: [self], brokers: others } : { clients: others, brokers: [self] }
  const { cast, leftOut } = await castOf(wanted, context)
  const missing = leftOut.find(({ what }) => what === order.name)
  if (missing) throw unmeasured(order, [missing.remedy ? `${missing.reason} (${missing.remedy})` : missing.reason])
  if (order.role === 'broker') return { clients: cast.clients, brokers: cast.brokers }
  return { ...cast, brokers: speaking(cast) }
}

const PARTNERS = { client: ['mosquitto', 'aedes'], broker: ['mqttjs'] } as const

/** One broker is enough; it must speak the client's language. */
const speaking = ({ clients: [client], brokers }: Cast): Cast['brokers'] =>
  brokers.filter(broker => broker.protocols.some(level => client?.protocols.includes(level))).slice(0, 1)

const unmeasured = ({ role, name }: MeasureOrder, reasons: readonly string[]): Error =>
  new Error(`the ${role} ${name} can't be measured: ${reasons.join('; ') || 'there is nothing to play'}`)

/** What the command knows of the measurement besides its outcomes. */
export type TableFrame = Omit<RatioTable, 'ratios' | 'peers' | 'pairs' | 'runs' | 'partial'> & {
  /** The names that were asked for, in that order. */
  readonly clients: readonly string[]
  readonly brokers: readonly string[]
  /** How many runs there were to play, and how many of them were. */
  readonly planned: number
  readonly done: number
  /** Runs that were spoilt and played once more. */
  readonly repeated: number
}

/** The table of these outcomes: each run once, as it came out last; of silent clients there are several in one run. */
export function assemble(played: readonly PlayedPair[], { planned, done, repeated, ...given }: TableFrame): RatioTable {
  const { clients: askedClients, brokers: askedBrokers, ...frame } = given
  const outcomes = inOrder(played)
  const pairwise = outcomes.filter(({ job }) => job.kind !== 'silent' && job.kind !== 'imposed')
  const clients = askedClients.filter(name => pairwise.some(({ job }) => job.client.name === name))
  const brokers = askedBrokers.filter(name => withBroker(name, outcomes).length > 0)
  const counted = outcomes.filter(outcome => unreliable(outcome).length === 0).length
  return {
    ratios: RATIOS_FORMAT,
    ...frame,
    partial: done < planned,
    runs: { planned, counted, repeated, lost: outcomes.length - counted },
    peers: [
      ...clients.map(name => clientRow(name, withClient(name, outcomes))),
      ...brokers.map(name => brokerRow(name, withBroker(name, outcomes))),
    ],
    pairs: clients.flatMap(client =>
      brokers.flatMap(broker => {
        const own = pairwise.filter(({ job }) => job.client.name === client && job.broker.name === broker)
        return own.length === 0 ? [] : [pairRow(client, broker, own)]
      }),
    ),
  }
}

/** As planned, whoever ended first: nothing in a table hangs on how the machine shared itself out. */
export const inOrder = (outcomes: readonly PlayedPair[]): readonly PlayedPair[] =>
  outcomes.toSorted((a, b) => a.job.index - b.job.index)

const withClient = (name: string, outcomes: readonly PlayedPair[]): readonly PlayedPair[] =>
  outcomes.filter(({ job }) => job.client.name === name)

const withBroker = (name: string, outcomes: readonly PlayedPair[]): readonly PlayedPair[] =>
  outcomes.filter(({ job }) => job.broker.name === name && job.kind !== 'imposed')

function pairRow(client: string, broker: string, planned: readonly PlayedPair[]): PairRow {
  const cuts = planned.filter(({ job }) => job.kind === 'cut')
  const idle = cuts.filter(({ job }) => job.traffic === 'idle')
  const publishing = cuts.filter(({ job }) => job.traffic === 'publishing')
  const line = drawn(idle, 'client')
  const talking = publishing.length > 0 ? drawn(publishing, 'client') : undefined
  const good = goodOf(cuts)
  const ratios = pointsOf(good, 'broker').map(({ x, y }) => Number((y / x).toFixed(4)))
  return {
    client,
    broker,
    protocol: planned[0]?.job.protocol ?? 4,
    runs: good.length,
    ...('fit' in line ? { afterAnswer: line.fit } : {}),
    ...('never' in line ? { never: true } : {}),
    ...(talking && 'fit' in talking ? { whilePublishing: talking.fit } : {}),
    ...(talking && 'never' in talking ? { whilePublishing: 'never' } : {}),
    ...(ratios.length > 0 ? { brokerLeastK: least(ratios), brokerGreatestK: greatest(ratios) } : {}),
    first: firstOf(good),
    falseAlarms: alarms(goodOf(planned)),
    lost: planned.filter(outcome => unreliable(outcome).length > 0).length,
    ...whyNot([
      [FIGURES.afterAnswer, line],
      [FIGURES.whilePublishing, talking],
    ]),
  }
}

function alarms(runs: readonly Good[]): PairRow['falseAlarms'] {
  const [client, broker] = [falseAlarms(runs, 'client'), falseAlarms(runs, 'broker')]
  return { runs: client.runs, lost: client.lost + broker.lost }
}

function firstOf(runs: readonly Good[]): PairRow['first'] {
  const first = { client: 0, broker: 0, tie: 0, nobody: 0 }
  for (const { sample } of runs) {
    const both = [sample.client, sample.broker]
    // Who stood still may have been the first.
    if (both.some(each => typeof each === 'object' && 'stalled' in each)) continue
    const [client, broker] = both.map(each => (isDetection(each) ? each.atMs : Infinity))
    first[whoIsFirst(client ?? Infinity, broker ?? Infinity)]++
  }
  return first
}

function whoIsFirst(clientMs: number, brokerMs: number): keyof PairRow['first'] {
  if (clientMs === Infinity && brokerMs === Infinity) return 'nobody'
  if (Math.abs(clientMs - brokerMs) < TIE_MS) return 'tie'
  return clientMs < brokerMs ? 'client' : 'broker'
}
