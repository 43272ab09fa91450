import type { Event, PacketSummary } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import type { Flow, Side } from '../../src/model/flow.ts'
import { header, scenario } from './builder.ts'

/** A client that sends without a pause, and what befalls it. Times in milliseconds. */
export interface Storm {
  readonly perS: number
  readonly what: 'pings' | 'publishes' | 'both'
  readonly answerMs: number
  /** A silence of the client in the middle. */
  readonly pauseMs: number
  readonly faultMs: number | undefined
  /** `blackhole`: nothing passes any more; `deaf`: the broker does not answer any more. */
  readonly fault: 'blackhole' | 'deaf'
  readonly end: 'client-fin' | 'client-rst' | 'broker-fin' | 'disconnect' | 'none'
  readonly endMs: number
  /** Connections before it, each lost at once. */
  readonly reconnects: number
  /** Connections after its end, each lost after so long. */
  readonly again: { readonly count: number; readonly forMs: number }
}

const END_MS = 12_000
const EXPECT = [
  'pings-on-time',
  'stays-connected',
  'flaps',
  'client-gives-up',
  'broker-drops-client',
  'reconnects',
  'application-told',
]

/** What a link would have seen of it. */
export function storm(given: Storm): Evidence {
  const events: Event[] = []
  const link = (atMs: number, conn: number, rest: object) =>
    events.push({ who: 'link', atMs, conn, ...rest } as unknown as Event)
  const packet = (atMs: number, conn: number, flow: Flow, edge: Side, summary: PacketSummary) =>
    link(atMs, conn, { what: 'packet', flow, edge, packet: summary })
  const connect = (atMs: number, conn: number) => {
    link(atMs - 3, conn, { what: 'open', edge: 'client', from: 'client' })
    link(atMs - 3, conn, { what: 'open', edge: 'broker', from: 'client' })
    for (const [edge, aheadMs] of [['client', 2] as const, ['broker', 1.5] as const])
      packet(atMs - aheadMs, conn, 'up', edge, { cmd: 'connect', bytes: 30, clientId: 'c', keepaliveS: 2, clean: true })
    for (const [edge, aheadMs] of [['broker', 0.5] as const, ['client', 0] as const])
      packet(atMs - aheadMs, conn, 'down', edge, { cmd: 'connack', bytes: 4, code: 0 })
  }
  const end = (atMs: number, conn: number, from: Side, what: 'fin' | 'rst') => {
    const other = from === 'client' ? 'broker' : 'client'
    link(atMs, conn, { what, edge: from, from })
    if (!isDead(given, atMs)) link(atMs + 0.5, conn, { what, edge: other, from })
  }

  const storming = given.reconnects + 1
  for (let conn = 1; conn < storming; conn++) {
    connect(conn - storming, conn)
    end(conn - storming + 0.2, conn, 'broker', 'fin')
  }
  connect(0, storming)
  requests(given, (atMs, flow, edge, summary) => packet(atMs, storming, flow, edge, summary))
  ending(given, storming, end, packet)
  for (let i = 0, atMs = given.endMs + 50; i < given.again.count; i++, atMs += given.again.forMs + 4) {
    if (atMs + given.again.forMs > END_MS - 20) break
    connect(atMs, storming + 1 + i)
    end(atMs + given.again.forMs, storming + 1 + i, 'broker', 'fin')
  }
  if (given.faultMs !== undefined)
    for (const what of ['fault-asked', 'fault-held', 'fault-touched'] as const)
      events.push({
        atMs: given.faultMs + (what === 'fault-touched' ? 2 : 0),
        who: 'harness',
        what,
        fault: 'blackhole#0',
      })
  events.push({ atMs: END_MS, who: 'harness', what: 'ended' })
  const timeline = given.faultMs === undefined ? [] : scenarioSteps(given.faultMs)
  const head = header({ expect: EXPECT, keepaliveS: 2 })
  return {
    header: { ...head, scenario: { ...scenario({ expect: EXPECT, keepaliveS: 2 }, timeline) } },
    events: events.toSorted((a, b) => a.atMs - b.atMs),
  }
}

const scenarioSteps = (atMs: number) => [
  {
    at: { ms: atMs, k: 0 },
    fault: { name: 'blackhole', options: {} },
    position: { file: 'scenarios/test.yaml', line: 1, column: 1 },
  },
]

const isDead = ({ faultMs = Infinity, fault }: Storm, atMs: number): boolean => fault === 'blackhole' && atMs >= faultMs

type Tell = (atMs: number, flow: Flow, edge: Side, summary: PacketSummary) => void

function requests(given: Storm, tell: Tell): void {
  const { perS, what, answerMs, pauseMs, faultMs = Infinity, endMs, end } = given
  const untilMs = end === 'none' ? END_MS - 10 : endMs
  for (let i = 0, atMs = 5; ; i++) {
    atMs = 5 + (i * 1000) / perS
    if (atMs > 1200) atMs += pauseMs
    if (atMs >= untilMs) return
    const isPing = what === 'pings' || (what === 'both' && i % 3 === 0)
    const messageId = 1 + (i % 200)
    const request: PacketSummary = isPing
      ? { cmd: 'pingreq', bytes: 2 }
      : { cmd: 'publish', bytes: 12, topic: 'a', qos: 1, messageId }
    const answer: PacketSummary = isPing ? { cmd: 'pingresp', bytes: 2 } : { cmd: 'puback', bytes: 4, messageId }
    tell(atMs, 'up', 'client', request)
    if (isDead(given, atMs)) continue
    tell(atMs + 0.3, 'up', 'broker', request)
    const answeredMs = atMs + 0.3 + answerMs
    if (answeredMs >= faultMs || answeredMs >= untilMs) continue
    tell(answeredMs, 'down', 'broker', answer)
    tell(answeredMs + 0.3, 'down', 'client', answer)
  }
}

function ending(
  given: Storm,
  conn: number,
  end: (atMs: number, conn: number, from: Side, what: 'fin' | 'rst') => void,
  packet: (atMs: number, conn: number, flow: Flow, edge: Side, summary: PacketSummary) => void,
): void {
  const { endMs } = given
  if (given.end === 'none') return
  if (given.end !== 'disconnect') {
    const [from, what] = given.end.split('-') as ['client' | 'broker', 'fin' | 'rst']
    end(endMs, conn, from, what)
    return
  }
  packet(endMs, conn, 'up', 'client', { cmd: 'disconnect', bytes: 2 })
  if (!isDead(given, endMs)) packet(endMs + 0.2, conn, 'up', 'broker', { cmd: 'disconnect', bytes: 2 })
  end(endMs + 0.3, conn, 'client', 'fin')
}
