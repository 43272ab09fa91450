import type { Event, PacketSummary } from '../model/event.ts'
import type { Recorder } from './recorder.ts'

export interface Greeting {
  readonly device: number
  /** On the run's clock. */
  readonly connackMs: number
  /** MQTT 5.0 §3.2.2.3.14; absent where the broker imposed none. */
  readonly serverKeepAliveS?: number
}

export interface HandshakeSeat {
  /** How many clients there are. */
  readonly count: number
  /** A client that receives is not ready before its SUBACK. */
  readonly subscribes: boolean
  /** The first accepted CONNACK of this device has reached it. */
  readonly onConnack: (greeting: Greeting) => void
  /** It can be given traffic. */
  readonly onReady: (device: number) => void
  readonly trouble: (error: unknown) => void
}

export interface Handshake {
  /** Resolves once every client is ready, or one was refused. */
  readonly over: Promise<void>
  /** What is missing yet, in words; `undefined` where every client is ready. */
  shortfall(): string | undefined
}

/** Watches the taps until every client under test has had its first CONNACK (and SUBACK), at its own edge of the link. */
export function handshake(recorder: Recorder, seat: HandshakeSeat): Handshake {
  const greeted = new Set<number>()
  const ready = new Set<number>()
  let refusal: string | undefined
  let finish = () => {}
  const over = new Promise<void>(resolve => {
    finish = resolve
  })

  const onConnack = (device: number, { code = 0, serverKeepAliveS }: PacketSummary, connackMs: number) => {
    if (code !== 0) {
      refusal ??= `the broker refused client ${device}: CONNACK ${code}`
      finish()
    } else if (!greeted.has(device)) {
      greeted.add(device)
      seat.onConnack({ device, connackMs, ...(serverKeepAliveS === undefined ? {} : { serverKeepAliveS }) })
    }
  }
  const onReady = (device: number) => {
    if (!greeted.has(device) || ready.has(device)) return
    ready.add(device)
    seat.onReady(device)
    if (ready.size === seat.count) finish()
  }
  const onPacket = (packet: PacketSummary, device: number, atMs: number) => {
    if (packet.cmd === 'connack') onConnack(device, packet, atMs)
    if (packet.cmd === (seat.subscribes ? 'suback' : 'connack')) onReady(device)
  }

  recorder.observe((event: Event) => {
    if (event.what !== 'packet' || event.edge !== 'client' || event.flow !== 'down') return
    const device = recorder.connections.deviceOn(event.conn)
    if (device === undefined) return
    // Nothing that goes wrong here may reach the link, whose call this is.
    try {
      onPacket(event.packet, device, event.atMs)
    } catch (error) {
      seat.trouble(error)
    }
  })

  return {
    over,
    shortfall() {
      if (refusal || ready.size === seat.count) return refusal
      const what = greeted.size < seat.count ? 'CONNACK' : 'SUBACK'
      return `${seat.count - ready.size} of ${seat.count} clients under test got no ${what} in time`
    },
  }
}
