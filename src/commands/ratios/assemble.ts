import { inOrder } from '../../figures/measure-peer.ts'
import { brokerRow, clientRow, falseAlarms, whyNot } from '../../figures/peer-rows.ts'
import { drawn, type Good, goodOf, pointsOf, unreliable } from '../../figures/points.ts'
import { greatest, least } from '../../figures/ratio-fit.ts'
import type { PlayedPair } from '../../figures/ratio-play.ts'
import { FIGURES } from '../../figures/ratio-words.ts'
import { isDetection } from '../../figures/sample.ts'
import { TIE_MS } from '../../timing/tolerance.ts'
import { type PairRow, RATIOS_FORMAT, type RatioTable } from './ratio-table.ts'

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
