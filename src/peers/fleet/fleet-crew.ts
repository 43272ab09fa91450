import mqttPacket from 'mqtt-packet'
import type { Clock } from '../../clock/clock.ts'
import type { Kit, Record, Recorded } from '../../clock/kit.ts'
import type { LinkOrder } from '../../faults/fault.ts'
import type { End, Hearer } from '../../link/pipe/ends.ts'
import { Hub } from '../../link/pipe/hub.ts'
import { Tap, unwatched, type Watch } from '../../link/pipe/tap.ts'
import type { Item } from '../../link/toxics/toxic.ts'
import type { CrowdCount } from '../../model/crowd-counts.ts'
import { CrowdTally } from '../../model/crowd-tally.ts'
import type { Side } from '../../model/flow.ts'
import type { Qos } from '../../model/scenario.ts'
import { clientIdOf, topicOf } from '../clients/client-identity.ts'
import { willPacket } from '../clients/payload.ts'
import { type DeviceShare, FleetDevice } from './fleet-device.ts'
import { backoffOf, type FleetOptions, profileOf } from './fleet-options.ts'

/** What every device of a fleet says of itself; plain data. */
export interface FleetTerms {
  readonly options: FleetOptions
  readonly keepaliveS: number
  readonly protocol: 4 | 5
  readonly will: { readonly qos: Qos; readonly retain?: boolean; readonly delayS?: number; readonly size?: number }
  readonly latencyMs: number
  readonly jitterMs: number
  /** Where steps of time begin, on the run's clock. */
  readonly fromMs: number
}

export interface CrewContext {
  readonly kit: Pick<Kit, 'clock' | 'record' | 'random' | 'runId'>
  readonly terms: FleetTerms
  /** The numbers of its devices. */
  readonly devices: readonly number[]
  /** Of those, the ones whose packets are recorded. */
  readonly recorded: ReadonlySet<number>
  /** Which part of how many this is, from 0: connections that are recorded get numbers that no other part gives. */
  readonly part: { readonly index: number; readonly of: number }
  /** The end at the broker, which is dialled when the link lets the opening through. */
  far(device: number, hearer: Hearer): End
}

/**
 * A part of a fleet: its devices, and the link that their connections run through. The link is the one of every other scenario
 * (link/pipe/hub.ts), with the same toxics, and its near ends are the devices themselves, so that a device costs one socket. Of most
 * connections only counts are kept; of some everything is recorded.
 */
export class FleetCrew {
  readonly #context: CrewContext
  readonly #hub: Hub
  readonly #tally: CrowdTally
  readonly #devices = new Map<number, FleetDevice>()
  /** The connections of which something may still be counted, by their number. */
  readonly #watches = new Map<number, FleetWatch>()
  /** The last connection of each device that reached the broker. */
  readonly #newest = new Map<number, FleetWatch>()
  readonly #waiting = new Map<number, () => void>()
  /** When the last order came into force that could cut something. */
  #heldMs: number | undefined
  /** Who is dialling now. */
  #dialling = 0
  #numbered = 0

  constructor(context: CrewContext) {
    this.#context = context
    const { kit, terms, devices } = context
    const { clock, record, random, runId } = kit
    this.#tally = new CrowdTally(terms.fromMs)
    const { latencyMs, jitterMs } = terms
    const hubKit = { clock, random, runId, record: (event: Recorded) => this.#filter(event, record) }
    this.#hub = new Hub(hubKit, { latencyMs, jitterMs }, conn => this.#watch(conn))
    const share = this.#share()
    for (const number of devices) this.#devices.set(number, new FleetDevice(number, share))
  }

  #share(): DeviceShare {
    const { kit, terms, far } = this.#context
    const { clock, random, runId } = kit
    const profile = profileOf(terms.options)
    return {
      clock,
      random,
      rules: profile.rules(terms.protocol),
      protocol: terms.protocol,
      keepaliveS: terms.keepaliveS,
      honoursServerKeepAlive: profile.honoursServerKeepAlive,
      backoff: backoffOf(terms.options),
      connectBytes: (device: number) => connectBytes(runId, device, terms),
      dial: (device: number, near: End) => {
        this.#dialling = device
        return this.#hub.connect(hearer => ({ client: near, broker: far(device, hearer) }))
      },
      told: (device: FleetDevice, what: 'accepted' | 'refused' | 'lost', why: string) => this.#told(device, what, why),
    }
  }

  /** Starts it; resolves once it has its first CONNACK. */
  connect(number: number): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.set(number, resolve)
      this.#devices.get(number)?.connect()
    })
  }

  order(order: LinkOrder, fault: string): void {
    this.#hub.order(order, fault)
    if (order.do !== 'remove') this.#heldMs = this.#context.kit.clock.nowMs()
  }

  /** What was counted so far. */
  figures() {
    return this.#tally.figures(this.#devices.size)
  }

  dispose(): void {
    for (const device of this.#devices.values()) device.dispose()
    this.#hub.dispose()
  }

  #watch(conn: number): Watch {
    const { kit, recorded, part } = this.#context
    const device = this.#dialling
    const own = new FleetWatch(conn, device, kit.clock, (watch, what) => this.#saw(watch, what))
    this.#watches.set(conn, own)
    if (!recorded.has(device)) return own
    own.number = this.#numbered++ * part.of + part.index + 1
    return both(new Tap({ record: event => kit.record({ device, ...event }) }, own.number), own)
  }

  /** A mark of one connection is evidence where the connection is; of all others it is a date. */
  #filter(event: Recorded, record: Record): void {
    const { conn } = event
    if (conn === undefined) {
      record(event)
      return
    }
    const watch = this.#watches.get(conn)
    if (event.what === 'fault-held' && watch) watch.heldMs = this.#context.kit.clock.nowMs()
    if (watch?.number !== undefined) record({ ...event, device: watch.device, conn: watch.number })
  }

  #saw(watch: FleetWatch, what: 'connect' | 'broker-ended' | 'client-ended'): void {
    const { clock } = this.#context.kit
    if (what === 'connect') {
      this.#newest.set(watch.device, watch)
      this.#count('connects')
      return
    }
    this.#watches.delete(watch.conn)
    if (!watch.accepted) {
      if (what === 'client-ended' && watch.deliveredMs !== undefined) this.#count('unanswered')
      return
    }
    const isOld = this.#newest.get(watch.device) !== watch
    if (what === 'client-ended') this.#count('abandoned')
    else if (isOld) this.#count('takenOver')
    else {
      this.#count('dropped')
      if (watch.deliveredMs !== undefined) this.#tally.brokerNoticed(clock.nowMs() - watch.deliveredMs)
    }
  }

  #count(what: CrowdCount): void {
    this.#tally.count(what, this.#context.kit.clock.nowMs())
  }

  #told(device: FleetDevice, what: 'accepted' | 'refused' | 'lost', why: string): void {
    const { kit, recorded } = this.#context
    this.#count(what)
    if (what === 'lost') {
      const watch = this.#newest.get(device.number)
      const heldMs = watch?.heldMs ?? this.#heldMs
      // A connection of after the fault is lost to something else.
      if (heldMs !== undefined && (watch?.openedMs ?? 0) <= heldMs)
        this.#tally.clientNoticed(kit.clock.nowMs() - heldMs)
    }
    if (what === 'accepted') {
      this.#waiting.get(device.number)?.()
      this.#waiting.delete(device.number)
    }
    if (!recorded.has(device.number)) return
    const { number } = device
    if (what === 'accepted') kit.record({ who: 'client', what: 'connected', device: number })
    else kit.record({ who: 'client', what: what === 'lost' ? 'closed' : 'error', device: number, note: why })
  }
}

/** What is known of one connection that is not recorded. */
class FleetWatch implements Watch {
  readonly conn: number
  readonly device: number
  readonly openedMs: number
  /** Its number in the record; absent where it is in none. */
  number: number | undefined
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #saw: (watch: FleetWatch, what: 'connect' | 'broker-ended' | 'client-ended') => void
  /** When the last bytes of the client reached the broker. */
  deliveredMs: number | undefined
  /** When a fault took hold of it, where a fault does so of each connection by itself. */
  heldMs: number | undefined
  /** The broker sent CONNACK 0. */
  accepted = false
  #isOver = false
  readonly leavingPosition = unwatched.leavingPosition

  constructor(
    conn: number,
    device: number,
    clock: Pick<Clock, 'nowMs'>,
    saw: (watch: FleetWatch, what: 'connect' | 'broker-ended' | 'client-ended') => void,
  ) {
    this.conn = conn
    this.device = device
    this.#clock = clock
    this.#saw = saw
    this.openedMs = clock.nowMs()
  }

  entered(side: Side, item: Item): void {
    if (side !== 'broker') return
    if (item.what === 'bytes') this.accepted ||= isWelcome(item.bytes)
    else if (item.what === 'fin' || item.what === 'rst') this.#end('broker-ended')
  }

  left(side: Side, item: Item): void {
    if (side !== 'broker') return
    if (item.what === 'bytes') {
      const isFirst = this.deliveredMs === undefined
      this.deliveredMs = this.#clock.nowMs()
      if (isFirst) this.#saw(this, 'connect')
    } else if (item.what === 'fin' || item.what === 'rst') this.#end('client-ended')
  }

  ended(side: Side): void {
    if (side === 'broker') this.#end('client-ended')
  }

  #end(what: 'broker-ended' | 'client-ended'): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#saw(this, what)
  }
}

/** 3.1.1 §3.2, 5.0 §3.2: a CONNACK whose code is 0. */
const isWelcome = (bytes: Buffer): boolean => bytes[0] === 0x20 && bytes[3] === 0

/** The record, and the counts. */
const both = (tap: Tap, own: FleetWatch): Watch => ({
  entered(side, item) {
    tap.entered(side, item)
    own.entered(side, item)
  },
  left(side, item) {
    tap.left(side, item)
    own.left(side, item)
  },
  ended(side, how) {
    tap.ended(side, how)
    own.ended(side)
  },
  leavingPosition: flow => tap.leavingPosition(flow),
})

/** As contextOf says it of a single client (peers/clients/client-identity.ts). */
function connectBytes(runId: string, device: number, { keepaliveS, protocol, will }: FleetTerms): Buffer {
  const { qos, size = 0, retain, delayS } = will
  const own = {
    topic: topicOf(runId, device, 'will'),
    qos,
    payload: Buffer.from('halfopen will'.padEnd(size, '.')),
    ...(retain && { retain }),
    ...(delayS !== undefined && { delayS }),
  }
  return mqttPacket.generate(
    {
      cmd: 'connect',
      clientId: clientIdOf(runId, device),
      keepalive: keepaliveS,
      clean: true,
      protocolId: 'MQTT',
      protocolVersion: protocol,
      ...willPacket(own),
    },
    { protocolVersion: protocol },
  )
}
