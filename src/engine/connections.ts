import { wireOf } from '../dialects/index.ts'
import { ByNumber } from '../evidence/by-number.ts'
import type { Event, Sealed } from '../model/event.ts'
import { deviceOf } from '../peers/clients/client-identity.ts'

/**
 * Which client under test owns a connection: its CONNECT says so. Events before that are placed afterwards. A sealed CONNECT says
 * nothing; then it is the only client's, or the link knows by which of its doors the client came in.
 */
export interface Connections {
  see(event: Event): void
  deviceOn(conn: number | undefined): number | undefined
  /** What the last connection of this client is wrapped in, where it is. */
  sealOf(device: number): Sealed | undefined
  /** Client ids that came through the link and are no client's under test; of many the first. */
  strangers(): readonly string[]
  /** The event with its date, and with its device where that is known by now. */
  place(event: Event, atMs: number): Event
}

/**
 * `alone`: there is only one client under test. Then a program may have a client id of its own: the first that comes is the client's,
 * and so is a later one that comes while none of its connections is open, as in judge/history.ts.
 */
export function connections(runId: string, alone = false): Connections {
  const devices = new ByNumber()
  const seals = new Map<number, Sealed>()
  const own = alone ? new OwnIds() : undefined
  const strangers = new Set<string>()
  const deviceOn = (conn: number | undefined) => (conn === undefined ? undefined : devices.get(conn) || undefined)

  const deviceIn = (event: Event): number | undefined => {
    if (event.what === 'undecoded' && event.sealed && alone) return 1
    if (event.what !== 'packet' || !wireOf(event.packet).identifies(event.packet)) return undefined
    const { clientId = '' } = event.packet
    const given = deviceOf(runId, clientId)
    if (given !== undefined) own?.give(event.conn)
    const device = given ?? (own?.adopts(clientId, event.conn) ? 1 : undefined)
    if (device === undefined && strangers.size < MOST_STRANGERS) strangers.add(clientId)
    return device
  }
  return {
    see(event) {
      if (event.conn === undefined || event.who !== 'link') return
      if ((event.what === 'fin' || event.what === 'rst') && event.edge === 'client') own?.end(event.conn)
      const device = event.device ?? deviceIn(event)
      if (device === undefined) return
      devices.set(event.conn, device)
      if (event.what === 'open') seals.delete(device)
      if (event.what === 'undecoded' && event.sealed) seals.set(device, event.sealed)
    },
    deviceOn,
    sealOf: device => seals.get(device),
    strangers: () => [...strangers],
    place(event, atMs) {
      const device = event.device ?? deviceOn(event.conn)
      return device === undefined ? { ...event, atMs } : { ...event, atMs, device }
    },
  }
}

/** Of other clients so many are named. */
const MOST_STRANGERS = 10

/** The client ids of the only client under test, as its connections show them. */
class OwnIds {
  readonly #ids = new Set<string>()
  readonly #others = new Set<string>()
  readonly #open = new Set<number>()
  #given = false

  /** It came with the id that it was told: any other is another client's. */
  give(conn: number | undefined): void {
    this.#given = true
    if (conn !== undefined) this.#open.add(conn)
  }

  /** Whether a connection with an id that it was not told is the client's. Asked at both edges. */
  adopts(clientId: string, conn: number | undefined): boolean {
    if (conn === undefined || this.#given || this.#others.has(clientId)) return false
    if (!this.#ids.has(clientId) && this.#open.size > 0) {
      this.#others.add(clientId)
      return false
    }
    this.#ids.add(clientId)
    this.#open.add(conn)
    return true
  }

  end(conn: number): void {
    this.#open.delete(conn)
  }
}
