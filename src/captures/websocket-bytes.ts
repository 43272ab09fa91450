/**
 * What of a WebSocket is not MQTT as it may have been on the wire, made again of what the evidence keeps of it: of the upgrade a path and
 * subprotocols, of a control frame its length and code. In a run a packet may have shared a frame; here each has one of its own.
 */
import type { WebSocketSummary } from '../model/event.ts'
import type { Flow } from '../model/flow.ts'
import { CONTROL_NAMES, clientFrame, frameOf, serverFrame } from '../websocket/frame-splitter.ts'

/** The example of RFC 6455 §1.2 and §1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const FILLER = 'X-Not-Kept: '

export const messageFrame = (packet: Buffer, flow: Flow): Buffer =>
  flow === 'up' ? clientFrame(packet) : serverFrame(packet)

export function webSocketBytes(frame: WebSocketSummary, flow: Flow): Buffer {
  const { kind, bytes, code } = frame
  if (kind === 'request' || kind === 'response') return padded(headLines(frame), bytes)
  const opcode = [...CONTROL_NAMES].find(([, name]) => name === kind)?.[0] ?? 0
  const body = Buffer.alloc(Math.max(0, bytes - (flow === 'up' ? 6 : 2)))
  if (code !== undefined && body.length >= 2) body.writeUInt16BE(code)
  return frameOf({ opcode, fin: true, rsv1: false, mask: flow === 'up' ? Buffer.alloc(4) : undefined }, body)
}

function headLines({ kind, path = '/', status = 0, protocols = [], deflate }: WebSocketSummary): readonly string[] {
  const asked = protocols.length > 0 ? [`Sec-WebSocket-Protocol: ${protocols.join(', ')}`] : []
  const upgrade = ['Upgrade: websocket', 'Connection: Upgrade']
  if (kind === 'request')
    return [`GET ${path} HTTP/1.1`, ...upgrade, `Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13', ...asked]
  if (status !== 101) return [`HTTP/1.1 ${status} `]
  const extensions = deflate ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []
  return [`HTTP/1.1 ${status} `, ...upgrade, `Sec-WebSocket-Accept: ${ACCEPT}`, ...asked, ...extensions]
}

/** With a header of filler, where there is room for one, so that the head has the length that it had. */
function padded(lines: readonly string[], bytes: number): Buffer {
  const room = bytes - Buffer.byteLength(`${lines.join('\r\n')}\r\n\r\n`) - FILLER.length - 2
  const all = room > 0 ? [...lines, FILLER + '.'.repeat(room)] : lines
  return Buffer.from(`${all.join('\r\n')}\r\n\r\n`)
}
