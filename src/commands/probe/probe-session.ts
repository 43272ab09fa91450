import { type LineContext, ProbeLine } from './probe-line.ts'
import { targetName } from './target.ts'

/** What the broker agrees to, found out once for all connections. */
export interface ProbeTerms {
  readonly level: 4 | 5
  /** What CONNECT asks for. */
  readonly askedS: number
  /** In force; 0: the broker has no reason to end an idle connection. */
  readonly keepaliveS: number
  /** From CONNECT to CONNACK. */
  readonly roundTripMs: number
  /** Version, cipher and certificate; absent without TLS. */
  readonly tls?: string
}

export interface SessionContext extends LineContext {
  /** Begins every client id and topic. */
  readonly id: string
  /** How long a connection, a CONNACK or a SUBACK may take, each; what takes longer is not waited for. */
  readonly answerMs: number
}

/** Where the user says nothing else. */
export const ANSWER_MS = 10_000

/** All offers together, in answers: a broker that closes late each time is not asked thirteen times. */
const MOST_ANSWERS = 2

/**
 * MQTT 5.0 first, since there the broker says what it imposes (Server Keep Alive, §3.2.2.3.14). In 3.1.1 it can only refuse:
 * so the longest keep-alive that it takes, none at all being the longest.
 */
const OFFERS: readonly { readonly level: 4 | 5; readonly askedS: number }[] = [
  { level: 5, askedS: 0 },
  ...[0, 65_535, 3600, 1800, 1200, 600, 300, 120, 60, 30, 10, 5].map(askedS => ({ level: 4 as const, askedS })),
]

/** Rejects where the broker can't be reached, does not answer, is none, or takes no offer. */
export async function settleTerms(context: SessionContext): Promise<ProbeTerms> {
  const untilMs = context.clock.nowMs() + MOST_ANSWERS * context.answerMs
  let refusal = ''
  for (const offer of OFFERS) {
    const attempt = await tryOffer(context, offer)
    if (typeof attempt !== 'string') return attempt
    refusal = attempt
    // Bad user name or password, not authorised: no keep-alive changes that (3.1.1 §3.2.2.3; 5.0 §3.2.2.2).
    if (/CONNACK (4|5|134|135)$/.test(attempt)) break
    if (context.clock.nowMs() > untilMs && offer !== OFFERS.at(-1)) {
      refusal += `, to a keep-alive of ${offer.askedS} s; shorter ones were not offered, as its answers took too long`
      break
    }
  }
  throw new Error(`${targetName(context.target)} refuses: ${refusal}`)
}

/** A string: why it was refused, which another offer may change. Rejects where none can. */
async function tryOffer(
  context: SessionContext,
  { level, askedS }: (typeof OFFERS)[number],
): Promise<ProbeTerms | string> {
  const line = new ProbeLine(context, level)
  try {
    await line.opened(context.answerMs).catch(error => {
      throw new Error(`${targetName(context.target)} can't be reached: ${(error as Error).message}`)
    })
    const sentMs = context.clock.nowMs()
    sayConnect(line, context, 's', level, askedS)
    const connack = await line.next('connack', context.answerMs)
    if (!connack) return closedOrThrow(line, context, level)
    const code = connack.reasonCode ?? connack.returnCode ?? 0
    if (code !== 0) return `CONNACK ${code}`
    const keepaliveS = connack.properties?.serverKeepAlive ?? askedS
    const { tls } = line
    return {
      level,
      askedS,
      keepaliveS,
      roundTripMs: context.clock.nowMs() - sentMs,
      ...(tls === undefined ? {} : { tls }),
    }
  } finally {
    line.drop()
  }
}

/** Brokers without MQTT 5.0 close, or answer what is none; silence stays the same whatever is offered. */
function closedOrThrow({ fault, end }: ProbeLine, { target, answerMs }: SessionContext, level: 4 | 5): string {
  if (fault !== undefined && level === 4) throw new Error(`${targetName(target)} is no MQTT broker: ${fault}`)
  if (!end) throw new Error(`${targetName(target)} does not answer a CONNECT within ${answerMs / 1000} s`)
  return fault ?? 'it closes the connection instead of sending CONNACK'
}

/** A connection on these terms, accepted. Rejects where it is not. */
export async function openSession(
  context: SessionContext,
  { level, askedS }: ProbeTerms,
  name: string,
): Promise<ProbeLine> {
  const line = new ProbeLine(context, level)
  try {
    await line.opened(context.answerMs)
    sayConnect(line, context, name, level, askedS)
    const connack = await line.next('connack', context.answerMs)
    const code = connack && (connack.reasonCode ?? connack.returnCode ?? 0)
    if (code !== 0) throw new Error(line.fault ?? (code === undefined ? 'no CONNACK' : `CONNACK ${code}`))
    return line
  } catch (error) {
    line.drop()
    throw error
  }
}

function sayConnect(
  line: ProbeLine,
  { target, id }: SessionContext,
  name: string,
  level: 4 | 5,
  keepalive: number,
): void {
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
