import { checks } from '../../src/judge/checks/index.ts'
import type {
  Event,
  EventBody,
  EventPlace,
  PacketSummary,
  PeerEvent,
  Runner,
  Sealed,
  StarvedEvent,
} from '../../src/model/event.ts'
import type { Evidence, EvidenceHeader } from '../../src/model/evidence.ts'
import { FLOWS, type Flow, type Side, sourceOf, targetOf } from '../../src/model/flow.ts'
import type { Expectation, Scenario, Step, Traffic } from '../../src/model/scenario.ts'

const position = { file: 'scenarios/test.yaml', line: 1, column: 1 }
const none = { ms: 0, k: 0 }

export interface Setting {
  readonly keepaliveS?: number
  /** Names, or names with parameters as a scenario file writes them: `{ 'client-gives-up': { latest: '2K' } }`. */
  readonly expect?: readonly (string | Readonly<Record<string, object>>)[]
  readonly broker?: { readonly name: string; readonly version: string }
  readonly client?: { readonly name: string; readonly version: string; readonly pings?: false }
  readonly clientOptions?: Readonly<Record<string, unknown>>
  readonly willDelayS?: number
  readonly protocol?: 4 | 5
  readonly traffic?: Traffic
  readonly count?: number
  readonly latencyMs?: number
  readonly resolutionMs?: number
  readonly must?: 'fail' | 'inconclusive'
}

export const publishing = (qos: 0 | 1 | 2): Traffic => ({ publishing: { qos, every: { ms: 500, k: 0 } } })
export const receiving = (qos: 0 | 1 | 2): Traffic => ({ receiving: { qos, every: { ms: 500, k: 0 } } })

function expectation(item: string | Readonly<Record<string, object>>, line: number): Expectation {
  const [check = '', given = {}] = typeof item === 'string' ? [item] : (Object.entries(item)[0] ?? [])
  const params = checks.get(check)?.options.parse(given) ?? {}
  return { check, params: { ...params }, position: { ...position, line } }
}

/** A scenario whose timeline is filled in from the faults of the evidence. */
export function scenario(setting: Setting = {}, timeline: readonly Step[] = []): Scenario {
  return {
    name: 'test',
    position,
    broker: { name: setting.broker?.name ?? 'aedes', options: {} },
    client: {
      name: setting.client?.name ?? 'mqttjs',
      options: setting.clientOptions ?? {},
      keepaliveS: setting.keepaliveS ?? 2,
      protocol: setting.protocol ?? 4,
      traffic: setting.traffic ?? {},
      ...(setting.willDelayS !== undefined && { will: { delayS: setting.willDelayS } }),
      count: setting.count ?? 1,
    },
    link: { name: 'embedded', options: {}, latency: { ms: setting.latencyMs ?? 0, k: 0 }, jitter: none },
    timeline,
    expect: (setting.expect ?? []).map((item, i) => expectation(item, i + 10)),
    until: { ms: 12_000, k: 0 },
    ...(setting.must ? { must: setting.must } : {}),
  }
}

export function header(setting: Setting = {}, timeline: readonly Step[] = []): EvidenceHeader {
  return {
    evidence: 1,
    halfopen: '0.1.0',
    node: 'v20.20.2',
    lab: 'local',
    labResolutionMs: setting.resolutionMs ?? 1,
    link: 'embedded',
    broker: setting.broker ?? { name: 'aedes', version: '1.2.0' },
    client: setting.client ?? { name: 'mqttjs', version: '5.16.0' },
    seed: 1,
    started: '2026-01-01T00:00:00.000Z',
    scenario: scenario(setting, timeline),
  }
}

/** Evidence written by hand: `history({ keepaliveS: 2 }).connect(0).ping(2000).fault('blackhole', 3000).ended(12_000)`. */
export const run = (setting: Setting = {}): Builder => new Builder(setting)

export class Builder {
  private readonly setting: Setting
  private readonly events: Event[] = []
  private readonly steps: Step[] = []
  private conn = 1
  private device = 1
  private lateMs = 0

  constructor(setting: Setting) {
    this.setting = setting
  }

  /** What follows is about this connection, and this device. */
  on(conn: number, device = 1): this {
    this.conn = conn
    this.device = device
    return this
  }

  /** What follows is dated up to so much too late. */
  late(lateMs: number): this {
    this.lateMs = lateMs
    return this
  }

  add(atMs: number, body: EventBody & EventPlace): this {
    this.events.push({ atMs, ...(this.lateMs > 0 ? { lateMs: this.lateMs } : {}), ...body })
    return this
  }

  packet(atMs: number, edge: Side, flow: Flow, cmd: PacketSummary['cmd'], more: Partial<PacketSummary> = {}): this {
    return this.add(atMs, {
      who: 'link',
      what: 'packet',
      conn: this.conn,
      edge,
      flow,
      packet: { cmd, bytes: 2, ...more },
    })
  }

  /** Client to broker, all the way. */
  up(atMs: number, cmd: PacketSummary['cmd'], more: Partial<PacketSummary> = {}): this {
    return this.packet(atMs, 'client', 'up', cmd, more).packet(atMs, 'broker', 'up', cmd, more)
  }

  /** Broker to client, all the way. */
  down(atMs: number, cmd: PacketSummary['cmd'], more: Partial<PacketSummary> = {}): this {
    return this.packet(atMs, 'broker', 'down', cmd, more).packet(atMs, 'client', 'down', cmd, more)
  }

  /** CONNECT and CONNACK at one moment, by a program that was told which client id to use. */
  connect(atMs: number, connack: Partial<PacketSummary> = {}, connect: Partial<PacketSummary> = {}): this {
    const clientId = `device-${this.device}`
    this.add(atMs, { who: 'client', what: 'started', device: this.device, note: clientId })
    return this.comes(atMs, { clientId, ...connect }, connack)
  }

  /** The same by a client that says nothing of itself. */
  comes(atMs: number, connect: Partial<PacketSummary> = {}, connack: Partial<PacketSummary> = {}): this {
    this.opens(atMs)
    this.up(atMs, 'connect', { keepaliveS: this.setting.keepaliveS ?? 2, ...connect })
    return this.down(atMs, 'connack', { code: 0, ...connack })
  }

  /** A connection attempt of which nothing more is heard. */
  opens(atMs: number): this {
    return this.add(atMs, { who: 'link', what: 'open', edge: 'client', from: 'client', conn: this.conn })
  }

  /** A connection that the link can't read: the handshake, the client's word, and CONNECT with CONNACK somewhere in between. */
  seal(atMs: number, sealed: Sealed = 'TLS', more: Partial<PeerEvent> = {}): this {
    const { conn } = this
    this.add(atMs, { who: 'link', what: 'open', edge: 'client', from: 'client', conn })
    for (const flow of FLOWS)
      this.add(atMs, {
        who: 'link',
        what: 'undecoded',
        ...(flow === 'up' ? { sealed } : {}),
        flow,
        edge: sourceOf(flow),
        conn,
        note: 'looks like TLS',
      })
    return this.bytes(atMs).client(atMs, 'connected', more)
  }

  /** Bytes both ways, for each moment: a ping that nobody can read. */
  bytes(...timesMs: readonly number[]): this {
    for (const atMs of timesMs) this.data(atMs, 'up').data(atMs, 'down')
    return this
  }

  /** Bytes one way; `sent`: they enter the link and go no further. */
  data(atMs: number, flow: Flow, how: 'delivered' | 'sent' = 'delivered'): this {
    const edges = how === 'sent' ? [sourceOf(flow)] : [sourceOf(flow), targetOf(flow)]
    for (const edge of edges) this.add(atMs, { who: 'link', what: 'data', flow, edge, conn: this.conn, bytes: 24 })
    return this
  }

  /** PINGREQ and PINGRESP, for each moment. */
  ping(...timesMs: readonly number[]): this {
    for (const atMs of timesMs) this.up(atMs, 'pingreq').down(atMs, 'pingresp')
    return this
  }

  /** A PINGREQ that enters the link and goes no further. */
  lostPing(atMs: number): this {
    return this.packet(atMs, 'client', 'up', 'pingreq')
  }

  /** A step of the timeline: asked and in force at `atMs`, and it bit; `touched: false` where it did not. */
  fault(
    name: string,
    atMs: number,
    { touched = true, held = true, options = {} as Readonly<Record<string, unknown>> } = {},
  ): this {
    const fault = `${name}#${this.steps.length}`
    this.steps.push({ at: { ms: atMs, k: 0 }, fault: { name, options }, position })
    this.add(atMs, { who: 'harness', what: 'fault-asked', fault })
    if (held) this.add(atMs, { who: 'harness', what: 'fault-held', fault })
    if (touched) this.add(atMs, { who: 'harness', what: 'fault-touched', fault })
    return this
  }

  /** A step that the run never came to. */
  unreached(name: string, atMs: number): this {
    this.steps.push({ at: { ms: atMs, k: 0 }, fault: { name, options: {} }, position })
    return this
  }

  /** An idle timer ran out on the present connection. */
  expired(fault: string, atMs: number): this {
    return this.add(atMs, { who: 'harness', what: 'fault-held', fault, conn: this.conn })
  }

  lifted(fault: string, atMs: number): this {
    return this.add(atMs, { who: 'harness', what: 'fault-lifted', fault })
  }

  end(atMs: number, edge: Side, from: Side | 'fault', what: 'fin' | 'rst' = 'fin'): this {
    return this.add(atMs, { who: 'link', what, edge, from, conn: this.conn })
  }

  client(atMs: number, what: PeerEvent['what'], more: Partial<PeerEvent> = {}): this {
    return this.add(atMs, { who: 'client', what, device: this.device, ...more })
  }

  broker(atMs: number, what: PeerEvent['what']): this {
    return this.add(atMs, { who: 'broker', what, device: this.device })
  }

  will(atMs: number): this {
    return this.add(atMs, { who: 'witness', what: 'will', device: this.device })
  }

  /** A message from the client to the witness; `receivedMs` holds each time that it arrived. */
  message(seq: number, publishedMs: number, ...receivedMs: readonly number[]): this {
    this.client(publishedMs, 'published', { seq, flow: 'up' })
    for (const atMs of receivedMs)
      this.add(atMs, { who: 'witness', what: 'received', seq, flow: 'up', device: this.device })
    return this
  }

  /** A message from the witness to the client. */
  published(seq: number, atMs: number): this {
    return this.add(atMs, { who: 'witness', what: 'published', seq, flow: 'down', device: this.device })
  }

  /** Without `of` as evidence of before has it: all stood still. */
  stalled(atMs: number, forMs: number, of?: Runner): this {
    return this.add(atMs, { who: 'harness', what: 'stalled', forMs, ...(of ? { of } : {}) })
  }

  starved(atMs: number, of: Runner, forMs: number, overMs = 100, how: StarvedEvent['how'] = 'no-cpu'): this {
    return this.add(atMs, { who: 'harness', what: 'starved', of, forMs, overMs, how })
  }

  trouble(atMs: number, note: string): this {
    return this.add(atMs, { who: 'harness', what: 'trouble', note })
  }

  ended(atMs: number): Evidence {
    const inOrder = this.events.sort((a, b) => a.atMs - b.atMs)
    return { header: header(this.setting, this.steps), events: [...inOrder, { atMs, who: 'harness', what: 'ended' }] }
  }
}
