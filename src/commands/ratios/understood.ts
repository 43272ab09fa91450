import { measurable } from '../../figures/cast.ts'
import { TOLERANCE, type Tolerance } from '../../figures/exact.ts'
import { RATIO_DEFAULTS } from '../../figures/measure-peer.ts'
import { type Grid, type RatioTraffic, TRAFFICS } from '../../figures/ratio-plan.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { durationIn, type Listed, parseList, parseNumbers } from '../../terminal/lists.ts'
import { ACCELERATED_KEEPALIVES_S, isAccelerated, readLab, readSpeed } from '../../terminal/measuring-lab.ts'
import { theCatalog } from '../../terminal/project.ts'
import type { RatioOptions } from './options.ts'
import { type OwnPeer, readPeers } from './own-peers.ts'

export interface Understood {
  readonly clients: readonly OwnPeer[]
  readonly brokers: readonly OwnPeer[]
  readonly grid: Grid
  readonly lab: string
  /** Of the lab accelerated. */
  readonly speed?: number
  readonly jobs: number
  readonly tolerance: Tolerance
}

const LONGEST_S = 65_535

/** What the command line says, or one complaint with all that is wrong with it. */
export function understood(options: RatioOptions): Understood {
  const problems: string[] = []
  const take = <V>(option: string, { values, problems: found }: Listed<V>): readonly V[] => {
    problems.push(...found.map(problem => `error: --${option}: ${problem}`))
    return values
  }
  const { peers } = theCatalog()
  const names = measurable(peers)
  const clients = take(
    'clients',
    readPeers(options.clients ?? 'mqttjs', { kinds: peers.clients, measurable: names.clients, unfit }),
  )
  const brokers = take(
    'brokers',
    readPeers(options.brokers ?? 'aedes', { kinds: peers.brokers, measurable: names.brokers, unfit }),
  )
  const [lab = 'local'] = take('lab', readLab(options.lab ?? 'local'))
  const keepalivesS = take('keepalive', readKeepalives(options.keepalive, lab))
  const traffics = take('traffic', readTraffics(options.traffic))
  const [tolerance = TOLERANCE] = take('tolerance', readTolerance(options.tolerance))
  const speed = take('speed', readSpeed(options.speed, lab, keepalivesS[0] ?? 1))
  if (problems.length > 0) throw new Complaint(problems.join('\n'), EXIT.usage)
  const grid = {
    keepalivesS,
    phases: options.phases ?? RATIO_DEFAULTS.phases,
    traffics,
    brokerSamples: options.brokerSamples ?? RATIO_DEFAULTS.brokerSamples,
  }
  return {
    clients,
    brokers,
    grid,
    lab,
    ...(speed[0] === undefined ? {} : { speed: speed[0] }),
    jobs: options.jobs ?? RATIO_DEFAULTS.jobs,
    tolerance,
  }
}

/** Why a kind that is known can't be in the table as it stands. */
function unfit(name: string): string {
  const { clients, brokers } = theCatalog().peers
  return clients.get(name)?.model || brokers.get(name)?.model
    ? 'is a model; the ratio table measures real programs'
    : 'needs options of its own (NAME { ... }), or is no peer to be measured; halfopen calibrate measures such a one'
}

function readKeepalives(text: string | undefined, lab: string): Listed<number> {
  if (text === undefined)
    return { values: isAccelerated(lab) ? ACCELERATED_KEEPALIVES_S : RATIO_DEFAULTS.keepalivesS, problems: [] }
  const { values, problems } = parseNumbers(text, durationIn(1000, { whole: true, least: 1 }))
  const sorted = values.toSorted((a, b) => a - b)
  if (problems.length > 0) return { values: sorted, problems }
  if ((sorted.at(-1) ?? 0) > LONGEST_S) return { values: [], problems: [`at most ${LONGEST_S}s: MQTT can say no more`] }
  return sorted.length < 2
    ? { values: [], problems: ['a line needs at least two intervals'] }
    : { values: sorted, problems }
}

function readTraffics(text: string | undefined): Listed<RatioTraffic> {
  if (text === undefined) return { values: TRAFFICS, problems: [] }
  const read = parseList<RatioTraffic>(text, name => {
    const found = TRAFFICS.find(traffic => traffic === name)
    return found ? { value: found } : { problem: `'${name}' is neither ${TRAFFICS.join(' nor ')}` }
  })
  const hasIdle = read.problems.length > 0 || read.values.includes('idle')
  return hasIdle ? read : { values: [], problems: ['idle has to be among them: the lines are fitted to it'] }
}

/** `0.02,300ms`: of factors, and of offsets and granularities. */
function readTolerance(text: string | undefined): Listed<Tolerance> {
  if (text === undefined) return { values: [], problems: [] }
  const [factor = '', time = '', ...rest] = text.split(',').map(part => part.trim())
  const ms = durationIn(1)(time)
  const k = Number(factor)
  if (rest.length > 0 || factor === '' || !(k >= 0) || 'problem' in ms)
    return { values: [], problems: [`'${text}' is not like 0.02,300ms: of factors, then of times`] }
  return { values: [{ k, ms: ms.value }], problems: [] }
}
