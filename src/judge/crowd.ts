/**
 * All clients of a run together: how many connect, are there, are lost, in each step of time. Of a fleet from the counts that its
 * processes kept (model/crowd-counts.ts), which add up; of clients that are recorded one by one from what was recorded.
 */

import { CROWD_COUNTS, type CrowdCount, type CrowdCounts } from '../model/crowd-counts.ts'
import { CROWD_STEP_MS, CrowdTally } from '../model/crowd-tally.ts'
import type { CrowdEvent, EdgeEvent, Event, PacketEvent } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'

export interface Crowd {
  /** How many clients there are. */
  readonly size: number
  /** Where the first step begins, in the run's time. */
  readonly fromMs: number
  readonly stepMs: number
  /** What is counted in a step may have been so much earlier or later: steps of several machines do not begin at the same moment. */
  readonly blurMs: number
  /** How often in each step; all of one length. */
  readonly counts: { readonly [C in CrowdCount]: readonly number[] }
  /** How many have a connection, as they know it, at the end of each step. */
  readonly connected: readonly number[]
  readonly clientNoticed: Quantiles | undefined
  readonly brokerNoticed: Quantiles | undefined
  /** Of the broker's processes; empty where they can't be looked at. */
  readonly brokerCpu: readonly number[]
  readonly brokerMb: readonly number[]
  /** Of halfopen's own processes of the fleet, the most that each had, together; `undefined` where it has none. */
  readonly ownMb: number | undefined
}

/** In milliseconds, each rounded up to a class of 10 ms. */
export interface Quantiles {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Pure. */
export function crowdOf({ header, events }: Pick<Evidence, 'header' | 'events'>): Crowd {
  const told = events.flatMap(event => (event.what === 'crowd' ? [partOf(event)] : []))
  const endMs = events.find(({ what }) => what === 'ended')?.atMs ?? events.at(-1)?.atMs ?? 0
  return told.length > 0
    ? together(told, endMs, header.scenario.client.count)
    : together([counted(events)], endMs, header.scenario.client.count)
}

/** `eitherWayMs`: its steps may begin so much earlier or later. */
type Part = CrowdCounts & { readonly atMs: number; readonly eitherWayMs?: number }

const partOf = ({ crowd, atMs, lateMs = 0 }: CrowdEvent & Pick<Event, 'atMs' | 'lateMs'>): Part => ({
  ...crowd,
  atMs: atMs - lateMs / 2,
  eitherWayMs: lateMs / 2,
})

function together(parts: readonly Part[], endMs: number, size: number): Crowd {
  const stepMs = parts[0]?.stepMs ?? CROWD_STEP_MS
  const fromMs = Math.min(...parts.map(({ atMs }) => atMs))
  // What happened while everything was cleared away is no evidence.
  const length = Math.max(0, Math.ceil((endMs - fromMs) / stepMs))
  const offset = ({ atMs }: Part) => Math.round((atMs - fromMs) / stepMs)
  const blurs = parts.map(part => Math.abs(part.atMs - fromMs - offset(part) * stepMs) + (part.eitherWayMs ?? 0))
  const laid = (steps: readonly number[] | undefined, by: number) =>
    Array.from({ length }, (_, i) => steps?.[i - by] ?? 0)
  const sum = (of: (part: Part) => readonly number[] | undefined): readonly number[] =>
    parts
      .map(part => laid(of(part), offset(part)))
      .reduce((all, each) => all.map((n, i) => n + (each[i] ?? 0)), laid([], 0))
  const counts = Object.fromEntries(CROWD_COUNTS.map(what => [what, sum(part => part.counts[what])])) as {
    [C in CrowdCount]: readonly number[]
  }
  let level = 0
  const connected = counts.accepted.map((n, i) => {
    level += n - (counts.lost[i] ?? 0)
    return level
  })
  const own = parts.flatMap(({ ownMb }) => ownMb ?? [])
  const load = (of: 'brokerCpu' | 'brokerMb') => (parts.some(part => part[of]) ? sum(part => part[of]) : [])
  return {
    size,
    fromMs,
    stepMs,
    blurMs: Math.max(0, ...blurs),
    counts,
    connected,
    clientNoticed: quantilesOf(parts.flatMap(({ clientNoticed = [] }) => [clientNoticed])),
    brokerNoticed: quantilesOf(parts.flatMap(({ brokerNoticed = [] }) => [brokerNoticed])),
    brokerCpu: load('brokerCpu'),
    brokerMb: load('brokerMb'),
    ownMb: own.length === 0 ? undefined : own.reduce((all, mb) => all + mb, 0),
  }
}

function quantilesOf(spreads: readonly (readonly number[])[]): Quantiles | undefined {
  const classes = spreads
    .flatMap(spread => spread.flatMap((ms, i) => (i % 2 === 0 ? [[ms, spread[i + 1] ?? 0] as const] : [])))
    .toSorted(([a], [b]) => a - b)
  const count = classes.reduce((sum, [, times]) => sum + times, 0)
  if (count === 0) return undefined
  const at = (share: number) => {
    let below = 0
    const found = classes.find(([, times]) => {
      below += times
      return below >= share * count
    })
    return found?.[0] ?? 0
  }
  return { count, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

/** The same figures from events: what passed the edges of each connection. */
function counted(events: readonly Event[]): Part {
  const fromMs = events[0]?.atMs ?? 0
  const tally = new CrowdTally(fromMs)
  const seen = new Lines(tally)
  for (const event of events) seen.see(event)
  return { atMs: fromMs, ...tally.figures(0) }
}

/** One connection, as far as it counts. */
interface Line {
  readonly device: number
  openedMs: number
  isAccepted: boolean
  /** The broker sent CONNACK 0, whether or not it arrived. */
  isWelcome: boolean
  isDelivered: boolean
  isLost: boolean
  isOver: boolean
  isLeft: boolean
  deliveredMs: number
}

class Lines {
  readonly #tally: CrowdTally
  readonly #lines = new Map<number, Line>()
  readonly #newest = new Map<number, Line>()
  #heldMs: number | undefined

  constructor(tally: CrowdTally) {
    this.#tally = tally
  }

  see(event: Event): void {
    if (event.what === 'fault-held') this.#heldMs = event.atMs
    if (event.who === 'witness' && event.what === 'will') this.#tally.count('wills', event.atMs)
    if (event.who !== 'link' || event.conn === undefined) return
    const line = this.#lineOf(event.conn, event)
    if (event.what === 'packet') this.#packet(line, event)
    else if ((event.what === 'fin' || event.what === 'rst') && event.edge === 'client') this.#lost(line, event.atMs)
    else if (event.what === 'fin' || event.what === 'rst') this.#ended(line, event)
  }

  #lineOf(conn: number, { device = 1, atMs }: Event): Line {
    const line = this.#lines.get(conn) ?? {
      device,
      openedMs: atMs,
      isAccepted: false,
      isWelcome: false,
      isDelivered: false,
      isLost: false,
      isOver: false,
      isLeft: false,
      deliveredMs: atMs,
    }
    this.#lines.set(conn, line)
    return line
  }

  #packet(line: Line, { packet, edge, flow, atMs }: PacketEvent & { readonly atMs: number }): void {
    if (flow === 'up' && edge === 'broker') {
      line.deliveredMs = atMs
      line.isDelivered = true
      if (packet.cmd === 'connect') {
        this.#newest.set(line.device, line)
        this.#tally.count('connects', atMs)
      }
      if (packet.cmd === 'disconnect' && (packet.code ?? 0) === 0) line.isLeft = true
    }
    if (flow !== 'down' || packet.cmd !== 'connack') return
    if (edge === 'broker') line.isWelcome ||= (packet.code ?? 0) === 0
    if (edge === 'broker') return
    line.isAccepted = (packet.code ?? 0) === 0
    this.#tally.count(line.isAccepted ? 'accepted' : 'refused', atMs)
  }

  #lost(line: Line, atMs: number): void {
    if (line.isLost) return
    line.isLost = true
    if (!line.isAccepted) {
      this.#tally.count('refused', atMs)
      return
    }
    this.#tally.count('lost', atMs)
    if (this.#heldMs !== undefined && line.openedMs <= this.#heldMs) this.#tally.clientNoticed(atMs - this.#heldMs)
  }

  #ended(line: Line, { from, atMs }: EdgeEvent & { readonly atMs: number }): void {
    if (line.isOver) return
    line.isOver = true
    if (line.isLeft) return
    if (!line.isWelcome) {
      if (from !== 'broker' && line.isDelivered) this.#tally.count('unanswered', atMs)
      return
    }
    if (from !== 'broker') this.#tally.count('abandoned', atMs)
    else if (this.#newest.get(line.device) !== line) this.#tally.count('takenOver', atMs)
    else {
      this.#tally.count('dropped', atMs)
      this.#tally.brokerNoticed(atMs - line.deliveredMs)
    }
  }
}
