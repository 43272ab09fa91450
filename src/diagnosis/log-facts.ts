import type { ClientSummary } from './client-summary.ts'
import { TROUBLE } from './client-summary.ts'
import { isEarly } from './clusters.ts'
import type { Observed } from './observe.ts'
import type { SessionRecord } from './session-summary.ts'
import { isSteady, type Spread, spreadOf, Tally, widthOf } from './tally.ts'

/** One client, or several of one kind, and what the causes ask of them. Lengths are in milliseconds. */
export interface Facts {
  readonly clients: readonly ClientSummary[]
  readonly observed: Observed
  /** How often something has to happen to be a pattern. */
  readonly atLeast: number
  readonly records: readonly SessionRecord[]
  readonly timeouts: readonly SessionRecord[]
  readonly closes: readonly SessionRecord[]
  readonly takenOver: readonly SessionRecord[]
  readonly unanswered: readonly SessionRecord[]
  readonly troubles: readonly SessionRecord[]
  /** How often there was trouble in all, also where not each record was kept. */
  readonly troubleCount: number
  /** The keep-alive that most sessions had; `undefined` where it is not told, 0 where it is off. */
  readonly keepaliveS: number | undefined
  readonly survived: Tally
  readonly pingGaps: Tally
  readonly upGaps: Tally
  /** How far two dates of one event may lie apart. */
  readonly slackMs: number
  readonly loopback: boolean
  /** What has packets where this source has none, in words. */
  readonly packetsLog: string
}

export const CLOSES: readonly SessionRecord['how'][] = ['closed', 'fin', 'rst']

/** Pure. */
export function factsOf(
  clients: readonly ClientSummary[],
  observed: Observed,
  options: { readonly atLeast: number; readonly resolutionMs: number; readonly packetsLog?: string },
): Facts {
  const { atLeast, resolutionMs, packetsLog = 'a log with packets' } = options
  const records = clients.flatMap(client => client.records)
  const of = (...hows: readonly SessionRecord['how'][]) => records.filter(({ how }) => hows.includes(how))
  // The broker was not there afterwards: it went, and took the connection with it.
  const own = (...hows: readonly SessionRecord['how'][]) => of(...hows).filter(({ brokerAway }) => !brokerAway)
  const ips = clients.flatMap(({ ips: each }) => [...each.keys()])
  return {
    clients,
    observed,
    atLeast,
    records,
    timeouts: own('timeout'),
    closes: own(...CLOSES),
    takenOver: of('taken-over'),
    unanswered: own('ping-unanswered'),
    troubles: of(...TROUBLE),
    troubleCount: clients.reduce((sum, { ends }) => sum + TROUBLE.reduce((each, how) => each + ends[how], 0), 0),
    keepaliveS: commonest([...records, ...clients].flatMap(({ keepaliveS }) => keepaliveS ?? [])),
    survived: together(clients, 'survived'),
    pingGaps: together(clients, 'pingGaps'),
    upGaps: together(clients, 'upGaps'),
    slackMs: resolutionMs >= 1000 ? 2000 : 500,
    packetsLog,
    loopback: ips.length > 0 && ips.every(ip => /^127\.|^::1$|^localhost$/.test(ip)),
  }
}

function commonest(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0]
}

function together(clients: readonly ClientSummary[], which: 'survived' | 'pingGaps' | 'upGaps'): Tally {
  const [first] = clients
  if (clients.length === 1 && first) return first[which]
  const all = new Tally()
  for (const client of clients) all.addAll(client[which])
  return all
}

export const lifeOf = ({ fromMs, endMs }: SessionRecord): number | undefined =>
  fromMs === undefined ? undefined : endMs - fromMs

export const livesOf = (records: readonly SessionRecord[]): number[] => records.flatMap(each => lifeOf(each) ?? [])

/** Since the client's last packet; since its CONNECT where packets are not logged. */
export const sinceHeard = (record: SessionRecord): number | undefined => record.lagMs ?? lifeOf(record)

/** The silence before the end; before the client's last packet, where nothing answered that and the end followed. */
export const silenceBefore = ({ silentMs, unansweredAfterMs = 0 }: SessionRecord): number | undefined =>
  silentMs === undefined ? undefined : Math.max(silentMs, unansweredAfterMs)

/** From the client's last packet to its next connection, where both are known. */
export const returnOf = ({ lagMs, backMs }: SessionRecord): number | undefined =>
  lagMs === undefined || backMs === undefined ? undefined : lagMs + backMs

export const numbers = <T>(records: readonly SessionRecord[], pick: (record: SessionRecord) => T | undefined): T[] =>
  records.flatMap(record => pick(record) ?? [])

/** Time-outs that came no sooner than the keep-alive allows, and with no others at the same moment. */
export const ownTimeouts = ({ timeouts }: Facts): readonly SessionRecord[] =>
  timeouts.filter(record => !record.together && !isEarly(record))

const LONG_GONE_MS = 30_000

/**
 * K = 0 turns the keep-alive off, so that the broker never misses the client: a lost connection shows only when the client is back from
 * the same address, long after its last packet. Two devices with one id are back sooner.
 */
export const foundDead = ({ takenOver, keepaliveS }: Facts): readonly SessionRecord[] =>
  keepaliveS !== 0
    ? []
    : takenOver.filter(
        ({ lagMs = 0, ip, nextIp }) =>
          lagMs > LONG_GONE_MS && (nextIp === undefined || ip === undefined || nextIp === ip),
      )

/**
 * Where the keep-alive is not told: what it would be if nothing came after CONNECT, in seconds. Sessions that are timed out after one
 * fixed time say so, since what comes later puts the end off.
 */
export function quietKeepaliveS(facts: Facts): number | undefined {
  const own = ownTimeouts(facts)
  const lives = livesOf(own)
  if (facts.keepaliveS !== undefined || own.some(({ logged }) => logged)) return undefined
  if (lives.length < Math.max(3, facts.atLeast) || lives.length < own.length || !isSteady(lives, 0.05, 1500))
    return undefined
  return Math.round((spreadOf(lives)?.medianMs ?? 0) / 150) / 10 || undefined
}

/** Middle of the times until the client was back. */
export const medianBack = (records: readonly SessionRecord[]): Spread | undefined =>
  spreadOf(numbers(records, ({ backMs }) => backMs))

/**
 * Whether the client was told that the broker closed. One that was comes back a fixed time after the end, which itself wanders
 * by the broker's scan; one that was not comes back a fixed time after its own last packet. `weakly`: both are fixed.
 */
export function wasTold(records: readonly SessionRecord[], keepaliveS: number): 'yes' | 'weakly' | 'no' | undefined {
  const known = records.filter(each => each.backMs !== undefined && sinceHeard(each) !== undefined)
  const backs = numbers(known, ({ backMs }) => backMs)
  const middle = spreadOf(backs)
  if (!middle || backs.length < 3) return undefined
  const returns = numbers(known, each => (sinceHeard(each) ?? 0) + (each.backMs ?? 0))
  const [byEnd, byPacket] = [widthOf(backs), widthOf(returns)]
  const own = keepaliveS > 0 && isOwnReturn(spreadOf(returns)?.medianMs ?? 0, keepaliveS)
  if (middle.medianMs > 30_000) return 'no'
  if (own && byPacket + 1000 < byEnd) return 'no'
  if (middle.medianMs > 12_000) return undefined
  // Without K its own clock is not known.
  if (keepaliveS === 0) return byEnd + 1000 < byPacket ? 'yes' : undefined
  return byEnd + 1000 < byPacket || !own ? 'yes' : 'weakly'
}

/** A client whose path is dead comes back by its own ping time-out: K to 2.5K after its last packet, and a pause. */
export function isOwnReturn(ms: number, keepaliveS: number): boolean {
  return ms >= 900 * keepaliveS && ms <= 2600 * keepaliveS + 130_000
}
