/**
 * One flow of a WebSocket that carries anything but MQTT: the HTTP of its upgrade (RFC 6455 §4), then frames (§5.2). What is in a message
 * is of no interest here, and not kept.
 */
import type { PacketSummary } from '../../model/event.ts'
import type { Flow } from '../../model/flow.ts'
import type { Sighting } from '../../mqtt/observer.ts'
import { type FramePart, isControl, OPCODES } from '../../websocket/frame-splitter.ts'
import { WebSocketCursor } from '../../websocket/websocket-cursor.ts'
import type { FlowReader } from '../wire-dialect.ts'

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]),
)
/** §5.5.1: the status code comes first in a close frame, where it has one. */
const CODE_BYTES = 2

export class WebSocketReader implements FlowReader {
  readonly #cursor: WebSocketCursor
  /** Of the control frame at hand; none is longer than 125 bytes. */
  #control: Buffer[] = []
  #isTold = false

  constructor(flow: Flow) {
    this.#cursor = new WebSocketCursor(flow, 'anything')
  }

  get damaged(): boolean {
    return this.#cursor.over
  }

  push(chunk: Buffer): readonly Sighting[] {
    const { upgrade, query, parts } = this.#cursor.push(chunk)
    const seen: Sighting[] = []
    if (upgrade) {
      const { kind, bytes, status } = upgrade
      const code = status === undefined ? {} : { code: status }
      seen.push({ packet: { cmd: `websocket:${kind}`, bytes, ...code, ...(query !== undefined && namedIn(query)) } })
    }
    for (const part of parts) seen.push(...this.#finish(part))
    const { damage } = this.#cursor
    if (damage !== undefined && !this.#isTold) {
      this.#isTold = true
      seen.push({ undecoded: damage })
    }
    return seen
  }

  /** A frame is told where its last byte came. */
  #finish({ head, payload, ends }: FramePart): readonly Sighting[] {
    if (!head) return []
    // Copied where it stays: the chunk may be overwritten.
    if (isControl(head)) this.#control.push(ends ? payload : Buffer.from(payload))
    if (!ends) return []
    const body = Buffer.concat(this.#control)
    this.#control = []
    const code = head.opcode === OPCODES.close && body.length >= CODE_BYTES ? { code: body.readUInt16BE(0) } : {}
    return [
      { packet: { cmd: `websocket:${NAMES[head.opcode]}`, bytes: head.headerBytes + head.payloadBytes, ...code } },
    ]
  }
}

const LONGEST_ID = 100
const MOST_S = 0xffff

/** Who the client is and which interval it keeps, where its address says so: `?clientid=...&keepalive=...`. Nothing else of it is kept. */
function namedIn(query: string): Partial<PacketSummary> {
  const asked = new URLSearchParams(query)
  const clientId = asked.get('clientid') ?? ''
  const keepalive = asked.get('keepalive') ?? ''
  const keepaliveS = /^\d{1,5}$/.test(keepalive) ? Number(keepalive) : Infinity
  return {
    ...(clientId !== '' && { clientId: clientId.slice(0, LONGEST_ID) }),
    ...(keepaliveS <= MOST_S && { keepaliveS }),
  }
}
