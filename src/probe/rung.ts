import { type Cancel, onAbort } from '../clock/clock.ts'
import type { Control } from './control.ts'
import type { Line } from './line.ts'
import type { Observation, Outcome, Variant } from './observation.ts'
import { openSession, type SessionSeat, type Terms } from './session.ts'

export interface RungSeat extends SessionSeat {
  readonly terms: Terms
  readonly control: Control
  /** How long an answer may take before it is called none. */
  readonly patienceMs: number
  /** Whether it is known already if the client's speaking heals what the broker could not get through. */
  knowsHealing(): boolean
}

/** TCP's probes go out this often; more seldom for no box, more often for short silences. */
const TCP_KEEPALIVE_MS = 30_000

const UNASKED = 'the broker spoke by itself'

const VOID_STOPPED: Outcome = { what: 'void', why: 'called off' }

/** One connection: silent once, then asked. Never rejects; ends early, and empty, once `signal` says so. */
export async function climb(
  variant: Variant,
  silenceMs: number,
  given: RungSeat & { readonly number: number },
  signal: AbortSignal,
): Promise<Observation> {
  // Two may be silent for the same time: a client id that is used twice would end the other.
  const seat = { ...given, name: `${variant}${given.number}` }
  const observed = (outcome: Outcome): Observation => ({ variant, silenceMs, outcome })
  let line: Line | undefined
  try {
    line = await openSession(seat, seat.terms, seat.name)
    if (variant === 'broker' || variant === 'down') await subscribe(line, topicOf(seat), seat)
    if (variant === 'tcp') line.keepAlive(Math.min(TCP_KEEPALIVE_MS, silenceMs / 3))
    const fromMs = line.lastMs
    const busy = talk(variant, line, seat)
    await silence(line, busy.quiet ? line.lastMs + silenceMs : fromMs + silenceMs, seat, signal)
    busy.stop()
    if (signal.aborted || seat.over.aborted) return observed(VOID_STOPPED)
    if (busy.quiet && !line.end && line.lastMs > fromMs) return observed({ what: 'void', why: UNASKED })
    const outcome = line.end ? endedIn(line, variant) : await ask(variant, line, seat)
    if (outcome.what === 'alive' || outcome.what === 'void') return observed(outcome)
    const works = await seat.control.works()
    if (seat.over.aborted) return observed(VOID_STOPPED)
    return observed(works ? outcome : { what: 'void', why: 'the network was down' })
  } catch (error) {
    return observed(seat.over.aborted ? VOID_STOPPED : { what: 'void', why: (error as Error).message })
  } finally {
    line?.drop()
  }
}

interface NamedSeat extends RungSeat {
  /** Ends its client id and its topic. */
  readonly name: string
}

const topicOf = ({ id, name }: NamedSeat): string => `halfopen/probe/${id}/${name}`

/** Well below the shortest silence that is tried. */
const TALK_EVERY_MS = 500

interface Talk {
  /** Nothing is said. */
  readonly quiet: boolean
  readonly stop: () => void
}

/** One side speaks all the time, and is not answered. */
function talk(variant: Variant, line: Line, seat: NamedSeat): Talk {
  if (variant !== 'up' && variant !== 'down') return { quiet: true, stop: () => {} }
  const topic = topicOf(seat)
  const { clock, control } = seat
  let cancel: Cancel = () => {}
  const say = () => {
    if (line.end) return
    if (variant === 'up') line.send({ cmd: 'publish', topic, payload: 'up', qos: 0, dup: false, retain: false })
    else void control.publish(topic).catch(() => {})
    cancel = clock.at(clock.nowMs() + TALK_EVERY_MS, say)
  }
  say()
  return { quiet: false, stop: () => cancel() }
}

/** Rejects where the broker does not allow it. */
export async function subscribe(line: Line, topic: string, { answerMs }: SessionSeat): Promise<void> {
  line.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] })
  const suback = await line.next('suback', answerMs)
  const granted = suback?.granted[0]
  if (granted === undefined || Number(granted) >= 0x80) throw new Error('the broker does not let it subscribe')
}

/** Until it has been silent for that long, ended, or is called off, which may have been while it was opened. */
function silence(line: Line, untilMs: number, { clock }: RungSeat, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const cancel = clock.at(untilMs, () => over())
    const forget = onAbort(signal, () => over())
    const over = () => {
      cancel()
      forget()
      resolve()
    }
    void line.ended.then(over)
  })
}

function endedIn({ end, fault }: Line, variant: Variant): Outcome {
  if (fault !== undefined) return { what: 'void', why: fault }
  if (!end) return VOID_STOPPED
  const { how, silentMs, ageMs, saidByBroker } = end
  const afterMs = variant === 'up' || variant === 'down' ? ageMs : silentMs
  return { what: 'ended', how, afterMs, ...(saidByBroker ? { saidByBroker } : {}) }
}

async function ask(variant: Variant, line: Line, seat: NamedSeat): Promise<Outcome> {
  // An answer that came before anything was asked would pass for the one that is awaited.
  if (await line.next('pingresp', 0)) return { what: 'void', why: UNASKED }
  if (variant !== 'broker') return (await answersPing(line, seat)) ? { what: 'alive' } : unanswered(line)
  await seat.control.publish(topicOf(seat))
  if (await line.next('publish', seat.patienceMs)) return { what: 'alive' }
  if (line.end) return unanswered(line)
  if (seat.knowsHealing()) return { what: 'silent' }
  // Some boxes let nothing in until something goes out.
  const heals = await answersPing(line, seat)
  return line.end ? unanswered(line) : { what: 'silent', heals }
}

async function answersPing(line: Line, { patienceMs }: RungSeat): Promise<boolean> {
  line.send({ cmd: 'pingreq' })
  return (await line.next('pingresp', patienceMs)) !== undefined
}

function unanswered({ end, fault }: Line): Outcome {
  if (fault !== undefined) return { what: 'void', why: fault }
  return end ? { what: 'refused', how: end.how } : { what: 'silent' }
}
