import type { PacketSummary } from '../model/event.ts'

/** "Server unavailable": return code 3 of MQTT 3.1.1 §3.2.2.3, reason code 0x88 of 5.0 §3.2.2.2. */
const UNAVAILABLE = { 4: 0x03, 5: 0x88 } as const

/** A CONNACK that turns a client away: fixed header, no session, the code, and in 5.0 no properties. */
export function refusingConnack(protocol: number | undefined): {
  readonly bytes: Buffer
  readonly packet: PacketSummary
} {
  const code = UNAVAILABLE[protocol === 5 ? 5 : 4]
  const bytes = Buffer.from(protocol === 5 ? [0x20, 3, 0, code, 0] : [0x20, 2, 0, code])
  return { bytes, packet: { cmd: 'connack', bytes: bytes.length, code, sessionPresent: false } }
}
