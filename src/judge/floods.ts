/**
 * Who says far more than anything asks of it: a client that pings or publishes without a pause, one that opens connection after
 * connection, a broker that sends without end. MQTT forbids none of it, so no check fails by it, and each of them is told all the same.
 */

import { resolveDuration } from '../model/duration.ts'
import type { Event, PacketName, PacketSummary } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import { type Flow, sourceOf } from '../model/flow.ts'
import type { Scenario, Stream } from '../model/scenario.ts'
import { plural, seconds } from '../text/words.ts'

const WINDOW_MS = 1000
/** What floating point makes of a difference. */
const EPSILON_MS = 1e-6
/** In one second, beyond twice of what the scenario asks for; K is at least one second, so one PINGREQ is due in that time. */
const MANY_PACKETS = 500
const MANY_PINGS = 100
const MANY_CONNECTIONS = 50
/** So many floods are told each for itself, the worst first. */
const MOST_TOLD = 3

export interface Flood {
  readonly by: 'client' | 'broker'
  /** The most in one second. */
  readonly peak: number
  /** One sentence. */
  readonly text: string
}

/** Each flood in one sentence, the worst first. Pure. */
export const floodsOf = (evidence: Evidence): readonly string[] => floodsIn(evidence).map(({ text }) => text)

/** The same, with who makes it. */
export function floodsIn({ header, events }: Pick<Evidence, 'header' | 'events'>): readonly Flood[] {
  const { scenario } = header
  const meters = new Map<string, Meter>()
  for (const event of events) {
    const seen = passing(event, scenario)
    if (!seen) continue
    const meter = meters.get(seen.key) ?? new Meter(seen, mostOf(seen, scenario))
    meters.set(seen.key, meter)
    meter.see(event.atMs, seen)
  }
  const all = [...meters.values()].filter(({ isFlood }) => isFlood)
  // Answers to a flood are none of their own.
  const questions = new Set(all.filter(({ isAnswer }) => !isAnswer).map(({ by, conn }) => `${by} ${conn}`))
  const floods = all
    .filter(({ isAnswer, by, conn }) => !isAnswer || !questions.has(`${by === 'client' ? 'broker' : 'client'} ${conn}`))
    .sort((a, b) => b.excess - a.excess)
  const told = floods.slice(0, MOST_TOLD).map(meter => ({ by: meter.by, peak: meter.peak, text: meter.words() }))
  const rest = floods.slice(MOST_TOLD)
  const [first] = rest
  return first ? [...told, { by: first.by, peak: first.peak, text: `the same of ${rest.length} more` }] : told
}

interface Passing {
  /** One meter for each. */
  readonly key: string
  readonly by: Flood['by']
  readonly conn: number
  /** Of what the other side asked. */
  readonly isAnswer: boolean
  readonly what: (count: number) => string
  readonly cmd: PacketSummary['cmd'] | undefined
  /** How many there were so far, where the events do not show it. */
  readonly soFar: number | undefined
  /** How many this one stands for. */
  readonly weight: number
}

/** What a side sends by itself; all else answers. */
const UNASKED: Readonly<Record<Flow, ReadonlySet<PacketName>>> = {
  up: new Set(['connect', 'publish', 'subscribe', 'unsubscribe', 'pingreq', 'auth', 'disconnect']),
  down: new Set(['publish', 'auth', 'disconnect']),
}

/** Packets where their sender's edge is, and connections where the client opens them. */
function passing(event: Event, { client }: Scenario): Passing | undefined {
  const { conn = 1, device } = event
  const who = client.count === 1 ? 'the client' : `client ${device ?? '?'}`
  if (event.what === 'open' && event.edge === 'client') {
    const what = (count: number) => `${who} opened ${plural(count, 'connection')}`
    const weight = 1 + (event.besides ?? 0)
    return {
      key: `open ${device}`,
      by: 'client',
      conn: 0,
      isAnswer: false,
      what,
      cmd: undefined,
      soFar: undefined,
      weight,
    }
  }
  if (event.what !== 'packet' || event.edge !== sourceOf(event.flow)) return undefined
  const { flow, packet, soFar } = event
  const { cmd, qos } = packet
  const by = flow === 'up' ? 'client' : 'broker'
  const isAnswer = !(UNASKED[flow] as ReadonlySet<string>).has(cmd)
  const sender = flow === 'up' ? who : 'the broker'
  const kind = qos === undefined ? cmd.toUpperCase() : `${cmd.toUpperCase()} of QoS ${qos}`
  const what = (count: number) => `${sender} sent ${count} ${kind} on connection ${conn}`
  return { key: `${flow} ${conn} ${kind}`, by, conn, isAnswer, what, cmd, soFar: soFar?.alike, weight: 1 }
}

function mostOf({ cmd }: Passing, { client }: Scenario): number {
  if (cmd === undefined) return MANY_CONNECTIONS
  if (cmd === 'pingreq' || cmd === 'pingresp') return MANY_PINGS
  const { publishing, receiving } = client.traffic
  return MANY_PACKETS + 2 * Math.max(...[publishing, receiving].map(stream => packetsOf(stream, client.keepaliveS)))
}

/** In one second. */
function packetsOf(stream: Stream | undefined, keepaliveS: number): number {
  if (!stream) return 0
  const everyMs = resolveDuration(stream.every, keepaliveS * 1000)
  return everyMs > 0 ? WINDOW_MS / everyMs : 0
}

/** Counts in a window that slides. */
class Meter {
  readonly by: Flood['by']
  readonly conn: number
  readonly isAnswer: boolean
  readonly #what: (count: number) => string
  readonly #most: number
  readonly #window: { readonly atMs: number; readonly before: number }[] = []
  #from = 0
  #count = 0
  #before: number | undefined
  #peak = { count: 0, fromMs: 0 }
  #firstMs: number | undefined
  #lastMs = 0

  constructor({ by, conn, isAnswer, what }: Passing, most: number) {
    this.by = by
    this.conn = conn
    this.isAnswer = isAnswer
    this.#what = what
    this.#most = most
  }

  see(atMs: number, { soFar, weight }: Passing): void {
    this.#count = soFar ?? this.#count + weight
    this.#before ??= this.#count - weight
    this.#firstMs ??= atMs
    this.#lastMs = atMs
    this.#window.push({ atMs, before: this.#count - weight })
    while ((this.#window[this.#from]?.atMs ?? atMs) <= atMs - WINDOW_MS + EPSILON_MS) this.#from++
    const first = this.#window[this.#from]
    const count = this.#count - (first?.before ?? 0)
    if (count > this.#peak.count) this.#peak = { count, fromMs: first?.atMs ?? atMs }
    if (this.#from < 4096) return
    this.#window.splice(0, this.#from)
    this.#from = 0
  }

  get isFlood(): boolean {
    return this.#peak.count > this.#most
  }

  get peak(): number {
    return this.#peak.count
  }

  get excess(): number {
    return this.#peak.count / this.#most
  }

  words(): string {
    const inAll = `${this.#what(this.#count - (this.#before ?? 0))} in ${seconds(this.#lastMs - (this.#firstMs ?? 0))}`
    const peak = `up to ${this.#peak.count} in one second, from ${seconds(this.#peak.fromMs)} on`
    return `a flood: ${inAll}, ${peak}`
  }
}
