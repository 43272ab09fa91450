import type { Peers } from '../labs/lab.ts'
import { castOf } from './cast.ts'
import { asMeasured, type MeasureContext, type MeasureOrder, type MeasurePeer, NeverGaveUp } from './measured-peer.ts'
import type { RatioRow } from './peer-row.ts'
import { brokerRow, clientRow } from './peer-rows.ts'
import { mostFrequent } from './points.ts'
import { type Cast, planOf, TRAFFICS } from './ratio-plan.ts'
import type { PlayedPair } from './ratio-play.ts'
import { measureRatios } from './ratio-schedule.ts'
import { timeText } from './ratio-words.ts'

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
  const partners = order.partner === undefined ? partnersOf(order, context.peers) : [order.partner]
  const others = partners.map(name => ({ name }))
  const wanted = order.role === 'client' ? { clients: [self], brokers: others } : { clients: others, brokers: [self] }
  const { cast, leftOut } = await castOf(wanted, context)
  const missing = leftOut.find(({ what }) => what === order.name)
  if (missing) throw unmeasured(order, [missing.remedy ? `${missing.reason} (${missing.remedy})` : missing.reason])
  // One client is enough.
  if (order.role === 'broker') return { clients: cast.clients.slice(0, 1), brokers: cast.brokers }
  return { ...cast, brokers: speaking(cast) }
}

const PARTNERS = { client: ['mosquitto', 'aedes'], broker: ['mqttjs'] } as const

/** In another dialect than MQTT all that speak it. */
function partnersOf({ role, name }: MeasureOrder, { clients, brokers }: Peers): readonly string[] {
  const [own, others] = role === 'client' ? [clients, brokers] : [brokers, clients]
  const dialect = own.get(name)?.dialect
  return dialect === undefined
    ? PARTNERS[role]
    : [...others.values()].filter(each => each.dialect === dialect).map(each => each.name)
}

/** One broker is enough; it must speak the client's language. */
const speaking = ({ clients: [client], brokers }: Cast): Cast['brokers'] =>
  brokers.filter(broker => broker.protocols.some(level => client?.protocols.includes(level))).slice(0, 1)

const unmeasured = ({ role, name }: MeasureOrder, reasons: readonly string[]): Error =>
  new Error(`the ${role} ${name} can't be measured: ${reasons.join('; ') || 'there is nothing to play'}`)

/** As planned, whoever ended first: nothing in a table hangs on how the machine shared itself out. */
export const inOrder = (outcomes: readonly PlayedPair[]): readonly PlayedPair[] =>
  outcomes.toSorted((a, b) => a.job.index - b.job.index)
