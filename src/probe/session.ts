import type { Clock } from '../clock/clock.ts'
import { Line } from './line.ts'
import { type Target, targetName } from './target.ts'

/** What the broker agrees to, found out once for all connections. */
export interface Terms {
  readonly level: 4 | 5
  /** What CONNECT asks for. */
  readonly askedS: number
  /** In force; 0: the broker has no reason to end an idle connection. */
  readonly keepaliveS: number
  /** From CONNECT to CONNACK. */
  readonly roundTripMs: number
}

export interface SessionSeat {
  readonly target: Target
  readonly clock: Clock
  /** Begins every client id and topic. */
  readonly id: string
}

/** A CONNACK that takes longer is not to be waited for. */
export const ANSWER_MS = 10_000

/**
 * MQTT 5.0 first, since there the broker says what it imposes (Server Keep Alive, §3.2.2.3.14). In 3.1.1 it can only refuse:
 * so the longest keep-alive that it takes, none at all being the longest.
 */
const OFFERS: readonly { readonly level: 4 | 5; readonly askedS: number }[] = [
  { level: 5, askedS: 0 },
  ...[0, 65_535, 3600, 1800, 1200, 600, 300, 120, 60, 30, 10, 5].map(askedS => ({ level: 4 as const, askedS })),
]

/** Rejects where the broker can't be reached, or takes no offer. */
export async function settleTerms(seat: SessionSeat): Promise<Terms> {
  let refusal = 'it closes the connection'
  for (const offer of OFFERS) {
    const attempt = await tryOffer(seat, offer)
    if (typeof attempt !== 'string') return attempt
    refusal = attempt
    // Bad user name or password, not authorised: no keep-alive changes that (3.1.1 §3.2.2.3; 5.0 §3.2.2.2).
    if (/CONNACK (4|5|134|135)$/.test(attempt)) break
  }
  throw new Error(`${targetName(seat.target)} refuses: ${refusal}`)
}

async function tryOffer(seat: SessionSeat, { level, askedS }: (typeof OFFERS)[number]): Promise<Terms | string> {
  const line = new Line(seat.target, level, seat.clock)
  try {
    await line.opened()
    const sentMs = seat.clock.nowMs()
    sayConnect(line, seat, 's', level, askedS)
    const connack = await line.next('connack', ANSWER_MS)
    if (!connack) return 'no CONNACK'
    const code = connack.reasonCode ?? connack.returnCode ?? 0
    if (code !== 0) return `CONNACK ${code}`
    const keepaliveS = connack.properties?.serverKeepAlive ?? askedS
    return { level, askedS, keepaliveS, roundTripMs: seat.clock.nowMs() - sentMs }
  } finally {
    line.drop()
  }
}

/** A connection on these terms, accepted. Rejects where it is not. */
export async function openSession(seat: SessionSeat, { level, askedS }: Terms, name: string): Promise<Line> {
  const line = new Line(seat.target, level, seat.clock)
  try {
    await line.opened()
    sayConnect(line, seat, name, level, askedS)
    const connack = await line.next('connack', ANSWER_MS)
    const code = connack && (connack.reasonCode ?? connack.returnCode ?? 0)
    if (code !== 0) throw new Error(code === undefined ? 'no CONNACK' : `CONNACK ${code}`)
    return line
  } catch (error) {
    line.drop()
    throw error
  }
}

function sayConnect(line: Line, { target, id }: SessionSeat, name: string, level: 4 | 5, keepalive: number): void {
  const { username, password } = target
  line.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: level,
    clientId: `${id}-${name}`,
    clean: true,
    keepalive,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Buffer.from(password) }),
  })
}
