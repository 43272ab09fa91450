import type { Watch } from '../../link/pipe/tap.ts'
import type { Item } from '../../link/toxics/toxic.ts'
import { FLOWS, type Flow, flowFrom, opposite, type Side } from '../../model/flow.ts'
import { StreamPlace } from '../../websocket/stream-place.ts'

/** Live counters of one proxy at one pair of addresses, over all its connections. */
export interface ProxyTraffic {
  connections: number
  readonly received: Record<Flow, number>
  readonly sent: Record<Flow, number>
}

export const newTraffic = (): ProxyTraffic => ({
  connections: 0,
  received: { up: 0, down: 0 },
  sent: { up: 0, down: 0 },
})

/** Counts what one connection carries, and keeps track of MQTT packets for toxics that come in the middle of one. */
export class TrafficWatch implements Watch {
  readonly #traffic: ProxyTraffic
  readonly #places: Record<Flow, StreamPlace> = { up: new StreamPlace('up'), down: new StreamPlace('down') }

  constructor(traffic: ProxyTraffic) {
    this.#traffic = traffic
    traffic.connections++
  }

  entered(side: Side, item: Item): void {
    if (item.what === 'bytes') this.#traffic.received[flowFrom(side)] += item.bytes.length
  }

  left(side: Side, item: Item): void {
    if (item.what !== 'bytes') return
    const flow = flowFrom(opposite(side))
    this.#traffic.sent[flow] += item.bytes.length
    const place = this.#places[flow]
    if (!place.damaged) place.push(item.bytes)
  }

  ended(): void {}

  leavingPosition(flow: Flow): StreamPlace {
    return this.#places[flow].clone()
  }
}

export const STREAMS: Readonly<Record<Flow, 'upstream' | 'downstream'>> = { up: 'upstream', down: 'downstream' }

export const flowOf = (stream: string): Flow | undefined => FLOWS.find(flow => STREAMS[flow] === stream.toLowerCase())
