/**
 * TCP without a network: client and broker in one process, their bytes through the same connection, pipeline, toxics
 * and taps as on real sockets (link/pipe/connection.ts). What a relay's kernel would do there is done here by the two kernels
 * of the peers themselves:
 *
 * - The handshake takes a round trip before the client may write. A SYN that is held is the blackhole's affair (it is
 *   sent again after 1, 3, 7, 15 ... s); after 127 s the client gives up.
 * - Held bytes are sent again on Linux's ladder (the blackhole's lingerMs); after about 924 s their sender gets
 *   ETIMEDOUT, and what a closed socket left behind is forgotten after about 102 s.
 * - A closed socket answers what still arrives with an RST.
 *
 * Not modelled: acknowledgements that are lost while the bytes they speak of get through, so under a one-way blackhole
 * the side that is heard never runs into ETIMEDOUT.
 */
import type { Duplex } from 'node:stream'
import type { Kit } from '../clock/kit.ts'
import type { LinkOrder } from '../faults/fault.ts'
import { Hub, type Path } from '../link/pipe/hub.ts'
import type { Watch } from '../link/pipe/tap.ts'
import { Call } from './call.ts'
import type { Readers } from './readers.ts'

/** `readers` is shared by all wires of a simulation, since a broker reads from all of them. */
export interface WireKit extends Kit {
  readonly readers: Readers
}

export class Wire {
  readonly #kit: WireKit
  readonly #path: Path
  readonly #hub: Hub
  readonly #accept: (stream: Duplex) => void
  readonly #calls = new Set<Call>()

  /** `accept` gets the broker's end of each connection; `watch` stands for the taps that write the record. */
  constructor(kit: WireKit, path: Path, accept: (stream: Duplex) => void, watch?: (conn: number) => Watch) {
    this.#kit = kit
    this.#path = path
    this.#hub = new Hub(kit, path, watch)
    this.#accept = accept
  }

  /** A new connection of a client. */
  dial(): Duplex {
    const { clock, readers } = this.#kit
    const over = (ended: Call) => this.#calls.delete(ended)
    const call = new Call({ clock, readers, latencyMs: this.#path.latencyMs, accept: this.#accept, over })
    this.#calls.add(call)
    this.#hub.connect(connection => call.attach(connection))
    return call.client
  }

  order(order: LinkOrder, fault: string): void {
    this.#hub.order(order, fault)
  }

  /** Lets go of everything; no timer is left. The sockets are closed without telling anybody. */
  dispose(): void {
    this.#hub.dispose()
    for (const call of [...this.#calls]) call.dispose()
  }
}
