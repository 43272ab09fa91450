import { deviceOf } from '../clients/identity.ts'
import type { Event, Sealed } from '../model/event.ts'

/**
 * Which client under test owns a connection: its CONNECT says so. Events before that are placed afterwards. A sealed CONNECT says
 * nothing; then it is the only client's, or the link knows by which of its doors the client came in.
 */
export interface Connections {
  see(event: Event): void
  deviceOn(conn: number | undefined): number | undefined
  /** What the last connection of this client is wrapped in, where it is. */
  sealOf(device: number): Sealed | undefined
  /** The event with its date, and with its device where that is known by now. */
  place(event: Event, atMs: number): Event
}

/** `alone`: there is only one client under test. */
export function connections(runId: string, alone = false): Connections {
  const devices = new Map<number, number>()
  const seals = new Map<number, Sealed>()
  const deviceOn = (conn: number | undefined) => (conn === undefined ? undefined : devices.get(conn))
  return {
    see(event) {
      if (event.conn === undefined || event.who !== 'link') return
      const device = event.device ?? deviceIn(event, runId, alone)
      if (device === undefined) return
      devices.set(event.conn, device)
      if (event.what === 'open') seals.delete(device)
      if (event.what === 'undecoded' && event.sealed) seals.set(device, event.sealed)
    },
    deviceOn,
    sealOf: device => seals.get(device),
    place(event, atMs) {
      const device = event.device ?? deviceOn(event.conn)
      return device === undefined ? { ...event, atMs } : { ...event, atMs, device }
    },
  }
}

function deviceIn(event: Event, runId: string, alone: boolean): number | undefined {
  if (event.what === 'undecoded' && event.sealed && alone) return 1
  const isConnect = event.what === 'packet' && event.packet.cmd === 'connect'
  return isConnect ? deviceOf(runId, event.packet.clientId ?? '') : undefined
}
