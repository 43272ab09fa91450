import { formatMs } from '../model/duration.ts'
import type { CaptureReport } from './capture.ts'
import type { AllFacts, ClientFacts, Counted, End } from './facts.ts'

/** Clients that are told of one by one. */
const MOST_TOLD = 50

/** What a capture says, in lines: what was read, and of each client its pings, ends and broken rules. */
export function captureText(
  report: CaptureReport,
  { clients, unnamed, silentSockets }: AllFacts,
  atLeast: number,
): string {
  const told = clients.slice(0, MOST_TOLD)
  const more = clients.length - told.length + unnamed
  const lines = [
    ...readLines(report),
    ...(silentSockets === 0
      ? []
      : [`${silentSockets} connections ended without a CONNECT: probes of a balancer, or a port scan.`]),
    ...told.flatMap(client => ['', ...clientLines(client, atLeast)]),
    ...(more > 0 ? ['', `${more} more clients; --client-id NAME tells of one.`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function readLines(report: CaptureReport): readonly string[] {
  const { frames, connections, mqtt, tls, webSocket, retransmitted, missingBytes, restBytes, lost, fromMs, toMs } =
    report
  const wrapped = [tls > 0 ? `${tls} in TLS` : '', webSocket > 0 ? `${webSocket} over WebSocket` : ''].filter(Boolean)
  const span = fromMs === undefined || toMs === undefined ? '' : ` from ${date(fromMs)} to ${date(toMs)} (UTC)`
  return [
    `${frames} packets${span}; ${connections} TCP connections, ${mqtt} with MQTT${wrapped.length > 0 ? ` (${wrapped.join(', ')})` : ''}`,
    ...(retransmitted === 0 ? [] : [`${retransmitted} segments were sent again.`]),
    ...(missingBytes === 0
      ? []
      : [
          `${missingBytes} bytes are missing (dropped by the capture, or cut by its snaplen): packets in them are not counted.`,
        ]),
    ...(restBytes === 0 ? [] : [`The last ${restBytes} bytes of the file are no whole packet.`]),
    ...tlsLines(report),
    ...[...lost].map(([why, times]) => `${times} connections could not be read to their end: ${why}.`),
  ]
}

/** What shows of TLS, and what would show more. */
function tlsLines({ tls, opened, keys }: CaptureReport): readonly string[] {
  if (tls === 0) return []
  const sealed = tls - opened
  const why =
    keys === 0
      ? 'With the keys (--keylog FILE: what a client or broker writes where SSLKEYLOGFILE says; or a pcapng with them, by editcap --inject-secrets) all of it is read.'
      : `The key log has secrets of ${keys} connections, and not of these; or the capture lacks the beginning of the handshake, or they use an older TLS than 1.2.`
  return [
    ...(opened === 0 ? [] : [`${opened} of ${tls} connections in TLS were opened with the key log.`]),
    ...(sealed === 0
      ? []
      : [
          `${sealed === tls ? 'TLS is' : `The other ${sealed} are`} read by sizes and times: a record that holds 2 bytes is taken for a ping or its answer (the last one before a FIN may be a close_notify); client ids and keep-alives do not show. ${why}`,
        ]),
  ]
}

function clientLines(facts: ClientFacts, atLeast: number): readonly string[] {
  const { client, sessions, keepaliveS, pings, answers, slowestAnswerMs, longestSilenceMs, refused, ends } = facts
  const k =
    keepaliveS === undefined ? 'keep-alive not seen' : keepaliveS === 0 ? 'keep-alive off' : `K = ${keepaliveS} s`
  return [
    `${client}: ${k}, ${sessions} ${sessions === 1 ? 'session' : 'sessions'}${refused > 0 ? `, refused ${refused} times` : ''}`,
    `  pings ${pings}, answered ${answers}${answers > 0 ? ` within ${formatMs(Math.round(slowestAnswerMs))}` : ''}; longest silence of the client ${formatMs(Math.round(longestSilenceMs))}`,
    ...(Object.keys(ends).length === 0
      ? []
      : [
          `  ends: ${Object.entries(ends)
            .map(([how, times]) => `${how}${times > 1 ? ` (${times})` : ''}`)
            .join(', ')}`,
        ]),
    ...repeated(facts.lastEnds, atLeast),
    ...facts.breaches.map(breachLine),
  ]
}

/** Ends that came after the same silence each time. */
function repeated(ends: readonly End[], atLeast: number): readonly string[] {
  const cut = ends.filter(({ how }) => how === 'fin' || how === 'rst' || how === 'ping-unanswered' || how === 'closed')
  const [last] = cut.slice(-1)
  if (!last) return []
  if (cut.length < atLeast)
    return [
      `  the last end at ${date(last.atMs)} (packet ${last.packet}): ${formatMs(Math.round(last.silentMs))} after the client's last packet, ${formatMs(Math.round(last.livedMs))} after it connected`,
    ]
  const silences = cut.map(({ silentMs }) => silentMs)
  const lives = cut.map(({ livedMs }) => livedMs)
  return [
    `  ended ${cut.length} times, ${range(silences)} after the client's last packet, ${range(lives)} after it connected`,
  ]
}

const range = (lengths: readonly number[]): string =>
  `${formatMs(Math.round(Math.min(...lengths)))} to ${formatMs(Math.round(Math.max(...lengths)))}`

const breachLine = ({ who, clause, text, times, atMs, number }: Counted): string =>
  `  the ${who} broke ${clause}: ${text} (packet ${number}, ${date(atMs)}${times > 1 ? `; ${times} times` : ''})`

/** `2026-11-22 09:41:50.123`. */
const date = (ms: number): string =>
  Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString().replace('T', ' ').replace('Z', '') : '?'
