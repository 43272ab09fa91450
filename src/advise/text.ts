import { formatMs } from '../model/duration.ts'
import type { Advice, Detection, Finding } from './advise.ts'

const WORDS = { fail: 'FAIL', warn: 'warn', ok: 'ok  ' } as const

export const findingLines = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ level, text }) => `${WORDS[level]}  ${text}`)

/** What follows from an advice, in lines. */
export function adviceText(advice: Advice): string {
  const { inForce, findings, safeS, level, detections } = advice
  const lines = [
    ...findingLines(findings),
    ...(safeS === undefined
      ? []
      : [level === 'ok' ? `      up to ${safeS} s would do` : `      use at most ${safeS} s`]),
    ...(findings.length > 0 ? [''] : []),
    ...cost(advice),
    ...(inForce.clientS === 0
      ? [
          inForce.brokerS === 0
            ? 'With the keep-alive off, neither client nor broker ever finds out by itself that the path is dead.'
            : 'With the keep-alive off, the client never finds out by itself that the path is dead.',
        ]
      : []),
    ...(detections.length === 0
      ? []
      : ['', 'How long a dead path goes unnoticed, best and worst case:', ...table(detections)]),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * What one PINGREQ and its PINGRESP cost on Linux over IPv4, in bytes of IP packets: two segments with 2 bytes of MQTT each and
 * one pure ACK, each with 20 bytes of IP, 20 of TCP and 12 of TCP timestamps (RFC 7323), which Linux turns on: 54 + 54 + 52.
 * The PINGRESP carries the ACK of the PINGREQ. As tshark counts it, without 14 bytes of Ethernet a frame.
 */
export const PING_BYTES = 160
/** A TLS 1.3 record adds 5 + 1 + 16 bytes (RFC 8446 §5.2), one of TLS 1.2 with AES-GCM 5 + 8 + 16 (RFC 5288 §3); two records. */
const TLS_BYTES = { '1.3': 44, '1.2': 58 } as const
/** IPv6 has 40 bytes of header, 20 more; three packets. */
const IPV6_BYTES = 60
/** RFC 6455 §5.2: 2 bytes a frame, and 4 of mask in the client's. */
const WEBSOCKET_BYTES = 8

function cost({ pingsAnHour, inForce }: Advice): readonly string[] {
  if (inForce.clientS === 0) return ['Cost: none.']
  const bytes = Math.round(pingsAnHour * PING_BYTES)
  return [
    `Cost while idle: ${Number(pingsAnHour.toFixed(1))} pings an hour, ${bytes} bytes an hour. A ping costs ${PING_BYTES} bytes on Linux over IPv4: PINGREQ and`,
    `PINGRESP of 2 bytes each and one ACK, with 52 bytes of IP and TCP headers each (timestamps included). IPv6 adds ${IPV6_BYTES},`,
    `TLS 1.3 adds ${TLS_BYTES['1.3']} (TLS 1.2 with AES-GCM ${TLS_BYTES['1.2']}), a WebSocket ${WEBSOCKET_BYTES}.`,
  ]
}

function table(detections: readonly Detection[]): readonly string[] {
  const rows = detections.map(({ who, name, versions, bestMs, worstMs }) => [
    `  ${who}`,
    versions === '*' ? name : `${name} ${versions}`,
    `${formatMs(bestMs)} to ${formatMs(worstMs)}`,
  ])
  const wide = [0, 1].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(
    ([who = '', name = '', time = '']) => `${who.padEnd(wide[0] ?? 0)}  ${name.padEnd(wide[1] ?? 0)}  ${time}`,
  )
}
