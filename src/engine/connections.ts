import { deviceOf } from '../clients/identity.ts'
import type { Event } from '../model/event.ts'

/** Which client under test owns a connection: its CONNECT says so. Events before that are placed afterwards. */
export interface Connections {
  see(event: Event): void
  deviceOn(conn: number | undefined): number | undefined
  /** The event with its date, and with its device where that is known by now. */
  place(event: Event, atMs: number): Event
}

export function connections(runId: string): Connections {
  const devices = new Map<number, number>()
  const deviceOn = (conn: number | undefined) => (conn === undefined ? undefined : devices.get(conn))
  return {
    see(event) {
      if (event.conn === undefined || event.what !== 'packet' || event.packet.cmd !== 'connect') return
      const device = deviceOf(runId, event.packet.clientId ?? '')
      if (device !== undefined) devices.set(event.conn, device)
    },
    deviceOn,
    place(event, atMs) {
      const device = event.device ?? deviceOn(event.conn)
      return device === undefined ? { ...event, atMs } : { ...event, atMs, device }
    },
  }
}
