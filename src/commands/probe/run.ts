import { randomBytes } from 'node:crypto'
import { realClock } from '../../clock/real.ts'
import { formatMs } from '../../model/duration.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireWritable } from '../../terminal/files.ts'
import { milliseconds } from '../../terminal/options.ts'
import { requireDescriptors } from '../../terminal/require.ts'
import { saveReport } from '../../terminal/save-page.ts'
import { complain } from '../../terminal/say.ts'
import { untilStopped } from '../../terminal/stop.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { safeKeepaliveS } from '../../timing/safe-interval.ts'
import { findingsOf } from './findings.ts'
import { isDead, type Observation, VARIANTS } from './observation.ts'
import { probe, TIME_LIMIT } from './probe.ts'
import { probePage } from './probe-page.ts'
import { type Report, reportText } from './probe-text.ts'
import { parseTarget, type Target, targetName } from './target.ts'

export interface ProbeOptions {
  readonly max: string
  readonly connections: number
  readonly patience?: string
  readonly insecure?: boolean
  readonly json?: boolean
  readonly html?: string
}

/** Beside its connections. */
const OF_NODE = 64

/** `halfopen probe`: its exit code is 0 where it has an answer, a time-out or none. */
export async function runProbe(url: string, options: ProbeOptions): Promise<number> {
  const target = targetOf(url, options)
  const maxMs = milliseconds('--max', options.max)
  const patienceMs = options.patience === undefined ? undefined : milliseconds('--patience', options.patience)
  requireDescriptors(OF_NODE + options.connections)
  await requireWritable([options.html])
  const terminal = await openTerminal()
  const clock = realClock()
  complain(
    `up to ${options.connections} connections, silences of at most ${Math.ceil((TIME_LIMIT * maxMs) / 1000)} s; Ctrl-C shows what is known by then\n`,
  )
  return untilStopped(async ({ signal }) => {
    const report = await probe({
      target,
      clock,
      id: `hp${randomBytes(3).toString('hex')}`,
      maxMs,
      connections: options.connections,
      ...(patienceMs === undefined ? {} : { patienceMs }),
      signal,
      progress: (observations, waiting) => {
        if (terminal.redraws) terminal.live(progressText(observations, waiting, clock.nowMs()))
      },
    }).catch((error: Error) => {
      const hint = hintFor(error.message)
      const name = targetName(target)
      const told = error.message.includes(name) ? error.message : `${name}: ${error.message}`
      throw new Complaint(`error: ${told}${hint === undefined ? '' : `\n${hint}`}`, EXIT.inconclusive)
    })
    terminal.live('')
    const told = harmless(report)
    terminal.print(options.json ? reportJson(told) : reportText(told))
    const wrong = await saveReport(options.html, () => ({ page: probePage(report) }))
    for (const text of wrong) complain(`halfopen: ${text}\n`)
    return wrong.length > 0 ? EXIT.inconclusive : exitCodeOf(report)
  })
}

const exitCodeOf = ({ findings }: Report): number =>
  findings.dead === undefined && findings.aliveMs === 0 ? EXIT.inconclusive : EXIT.pass

/** From the URL, and what should not stand in one from the environment. */
function targetOf(url: string, { insecure }: ProbeOptions): Target {
  const target = parseTarget(url)
  if (typeof target === 'string') throw new Complaint(`error: not the URL of a broker: ${target}`, EXIT.usage)
  const { MQTT_USERNAME: username, MQTT_PASSWORD: password } = process.env
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...target,
    ...(insecure ? { insecure } : {}),
  }
}

/** What to do about a probe that can't begin: by the words of its error. The first that fits; `undefined` where none does. */
export function hintFor(message: string): string | undefined {
  return HINTS.find(([words]) => words.test(message))?.[1]
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED/,
    'nothing listens there: is the broker running, and is that its port? Usual are 1883 (mqtt), 8883 (mqtts), 80 and 8080 (ws), 443 (wss)',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'the name is unknown to DNS here: a slip in the name, or a name of another network'],
  [
    /EHOSTUNREACH|ENETUNREACH/,
    'there is no route to it from here: another network, a VPN that is off, or IPv6 without a way out',
  ],
  [
    /ETIMEDOUT|no connection within/,
    'nothing answers: a firewall drops it, or the host is off; --patience waits longer',
  ],
  [
    /self.signed|unable to verify|unable to get (local )?issuer|CERT_|certificate/i,
    'its certificate can not be verified: NODE_EXTRA_CA_CERTS=ca.pem for a CA of your own, or --insecure',
  ],
  [
    /wrong version number|packet length too long|no TLS within|TLS: /i,
    'it does not speak TLS on this port as asked: try mqtt:// or ws://, or the port for TLS',
  ],
  [/HTTP (401|403)/, 'the web server in front wants to be told who asks, or does not let this in'],
  [
    /HTTP (400|404|405|426)/,
    'the WebSocket is at another path, such as ws://host/mqtt or wss://host/ws: see the proxy that is in front',
  ],
  [/HTTP (502|503|504)/, 'the proxy in front can not reach its broker'],
  [
    /no WebSocket within/i,
    'it takes the connection and opens no WebSocket: TLS that is not spoken there as asked, a proxy without its broker, or no web server; --patience waits longer',
  ],
  [/HTTP \d|subprotocol/i, 'a web server answers, but no MQTT over WebSocket: see port and path'],
  [/CONNACK (4|5|134|135)$/, 'user or password: in the URL, or in MQTT_USERNAME and MQTT_PASSWORD'],
  [/CONNACK (2|133)$/, 'the broker takes no client id that begins with hp, or no such keep-alive'],
  [
    /closes the connection instead of sending CONNACK|ECONNRESET|closed at once/,
    'it may speak TLS (mqtts://) or WebSocket (ws://) on this port, or want a client certificate',
  ],
  [/is no MQTT broker/, 'is it the port of a web server, or TLS without mqtts://?'],
  [
    /does not answer a CONNECT/,
    'it takes the connection and says nothing: TLS without mqtts://, a proxy without its broker, or a broker that is stuck',
  ],
]

/**
 * The answer of a probe for programs. All lengths in milliseconds; `null`: not known, or none. `verdict`:
 *
 * - `idle-timeout`: T lies between `alive_ms` and `dead_ms`; `max-age`: connections end at `max_age_ms`, however busy;
 * - `broker`: the broker's own 1.5K; `none`: no time-out up to `alive_ms`; `unknown`: nothing is known.
 */
export function reportJson({
  target,
  findings,
  longestMs,
  keepaliveS,
  connections,
  tookMs,
  partial,
  skipped,
  tls,
}: Report): string {
  const { aliveMs, deadMs, dead, byBroker, maxAge, pool, refreshedBy, tcpKeepsAlive, contradicts, byVariant } = findings
  const verdict = dead ? (byBroker ? 'broker' : maxAge ? 'max-age' : 'idle-timeout') : aliveMs > 0 ? 'none' : 'unknown'
  const safeS = verdict === 'idle-timeout' || verdict === 'none' ? safeKeepaliveS(aliveMs) : 0
  return `${JSON.stringify(
    {
      halfopen: 1,
      target,
      verdict,
      alive_ms: Math.round(aliveMs),
      dead_ms: finite(deadMs),
      at_expiry: dead ? dead.outcome.what : null,
      how: dead && 'how' in dead.outcome ? dead.outcome.how : null,
      safe_keepalive_s: safeS > 0 ? safeS : null,
      max_age_ms: maxAge ? Math.round(maxAge.ageMs) : null,
      pool: pool ? { from_ms: Math.round(pool.fromMs), to_ms: Math.round(pool.toMs) } : null,
      refreshed_by: refreshedBy ?? null,
      tcp_keeps_alive: tcpKeepsAlive ?? null,
      contradicts,
      asked: VARIANTS.map(variant => {
        const bounds = byVariant[variant]
        return {
          variant,
          alive_ms: Math.round(bounds.aliveMs),
          dead_ms: finite(bounds.deadMs),
          outcome: bounds.dead && isDead(bounds.dead) ? bounds.dead.outcome : null,
        }
      }),
      longest_ms: longestMs,
      keepalive_s: keepaliveS,
      connections,
      took_ms: Math.round(tookMs),
      tls: tls ?? null,
      partial: partial ?? null,
      skipped,
    },
    null,
    2,
  )}\n`
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? Math.round(ms) : null)

/** What is known so far, in one line. */
function progressText(observations: readonly Observation[], waiting: number, nowMs: number): string {
  const { aliveMs, deadMs } = findingsOf(observations, { keepaliveS: 0 })
  const known =
    deadMs < Infinity
      ? `T between ${formatMs(aliveMs)} and ${formatMs(Math.round(deadMs))}`
      : aliveMs > 0
        ? `none up to ${formatMs(aliveMs)}`
        : 'nothing known yet'
  return `${Math.round(nowMs / 1000)} s: ${known}; ${waiting} connections are silent`
}
