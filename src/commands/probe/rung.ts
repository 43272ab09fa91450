import { type Cancel, onAbort } from '../../clock/clock.ts'
import type { Observation, ProbeOutcome, Variant } from './observation.ts'
import type { Control } from './probe-control.ts'
import type { ProbeLine } from './probe-line.ts'
import { openSession, type ProbeTerms, type SessionContext } from './probe-session.ts'

export interface RungContext extends SessionContext {
  readonly terms: ProbeTerms
  readonly control: Control
  /** How long an answer may take before it is called none. */
  readonly patienceMs: number
  /** Whether it is known already if the client's speaking heals what the broker could not get through. */
  knowsHealing(): boolean
}

/** TCP's probes go out this often; more seldom for no box, more often for short silences. */
const TCP_KEEPALIVE_MS = 30_000

const UNASKED = 'the broker spoke by itself'

const VOID_STOPPED: ProbeOutcome = { what: 'void', why: 'called off' }

/** One connection: silent once, then asked. Never rejects; ends early, and empty, once `signal` says so. */
export async function climb(
  variant: Variant,
  silenceMs: number,
  given: RungContext & { readonly number: number },
  signal: AbortSignal,
): Promise<Observation> {
  // Two may be silent for the same time: a client id that is used twice would end the other.
  const context = { ...given, name: `${variant}${given.number}` }
  const observed = (outcome: ProbeOutcome): Observation => ({ variant, silenceMs, outcome })
  let line: ProbeLine | undefined
  try {
    line = await openSession(context, context.terms, context.name)
    if (variant === 'broker' || variant === 'down') await subscribe(line, topicOf(context), context)
    if (variant === 'tcp') line.keepAlive(Math.min(TCP_KEEPALIVE_MS, silenceMs / 3))
    const fromMs = line.lastMs
    const busy = talk(variant, line, context)
    await silence(line, busy.quiet ? line.lastMs + silenceMs : fromMs + silenceMs, context, signal)
    busy.stop()
    if (signal.aborted || context.over.aborted) return observed(VOID_STOPPED)
    if (busy.quiet && !line.end && line.lastMs > fromMs) return observed({ what: 'void', why: UNASKED })
    const outcome = line.end ? endedIn(line, variant) : await ask(variant, line, context)
    if (outcome.what === 'alive' || outcome.what === 'void') return observed(outcome)
    const works = await context.control.works()
    if (context.over.aborted) return observed(VOID_STOPPED)
    return observed(works ? outcome : { what: 'void', why: 'the network was down' })
  } catch (error) {
    return observed(context.over.aborted ? VOID_STOPPED : { what: 'void', why: (error as Error).message })
  } finally {
    line?.drop()
  }
}

interface NamedContext extends RungContext {
  /** Ends its client id and its topic. */
  readonly name: string
}

const topicOf = ({ id, name }: NamedContext): string => `halfopen/probe/${id}/${name}`

/** Well below the shortest silence that is tried. */
const TALK_EVERY_MS = 500

interface Talk {
  /** Nothing is said. */
  readonly quiet: boolean
  readonly stop: () => void
}

/** One side speaks all the time, and is not answered. */
function talk(variant: Variant, line: ProbeLine, context: NamedContext): Talk {
  if (variant !== 'up' && variant !== 'down') return { quiet: true, stop: () => {} }
  const topic = topicOf(context)
  const { clock, control } = context
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
export async function subscribe(line: ProbeLine, topic: string, { answerMs }: SessionContext): Promise<void> {
  line.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] })
  const suback = await line.next('suback', answerMs)
  const granted = suback?.granted[0]
  if (granted === undefined || Number(granted) >= 0x80) throw new Error('the broker does not let it subscribe')
}

/** Until it has been silent for that long, ended, or is called off, which may have been while it was opened. */
function silence(line: ProbeLine, untilMs: number, { clock }: RungContext, signal: AbortSignal): Promise<void> {
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

function endedIn({ end, fault }: ProbeLine, variant: Variant): ProbeOutcome {
  if (fault !== undefined) return { what: 'void', why: fault }
  if (!end) return VOID_STOPPED
  const { how, silentMs, unsaidMs, ageMs, saidByBroker } = end
  const said = saidByBroker ? { saidByBroker } : {}
  if (variant === 'up' || variant === 'down') return { what: 'ended', how, afterMs: ageMs, ...said }
  return { what: 'ended', how, afterMs: silentMs, atMostMs: Math.min(ageMs, unsaidMs + LAZY_MS), ...said }
}

/**
 * A proxy may count from what the client said last (HAProxy's `timeout client`), which the answer followed, and nginx does not
 * move a timer by less than this (NGX_TIMER_LAZY_DELAY in its src/event/ngx_event_timer.h).
 */
const LAZY_MS = 300

async function ask(variant: Variant, line: ProbeLine, context: NamedContext): Promise<ProbeOutcome> {
  // An answer that came before anything was asked would pass for the one that is awaited.
  if (await line.next('pingresp', 0)) return { what: 'void', why: UNASKED }
  if (variant !== 'broker') return (await answersPing(line, context)) ? { what: 'alive' } : unanswered(line)
  await context.control.publish(topicOf(context))
  if (await line.next('publish', context.patienceMs)) return { what: 'alive' }
  if (line.end) return unanswered(line)
  if (context.knowsHealing()) return { what: 'silent' }
  // Some boxes let nothing in until something goes out.
  const heals = await answersPing(line, context)
  return line.end ? unanswered(line) : { what: 'silent', heals }
}

async function answersPing(line: ProbeLine, { patienceMs }: RungContext): Promise<boolean> {
  line.send({ cmd: 'pingreq' })
  return (await line.next('pingresp', patienceMs)) !== undefined
}

function unanswered({ end, fault }: ProbeLine): ProbeOutcome {
  if (fault !== undefined) return { what: 'void', why: fault }
  return end ? { what: 'refused', how: end.how } : { what: 'silent' }
}

/**
 * Which silences are tried. All at once and not one after another: it takes as long as the longest, and what drifts on the path
 * drifts for all. Just below and above the values that boxes come with (facts of middleboxes: 60, 150, 180, 240, 300, 350, 600,
 * 900, 1200, 1800, 3600 and 7200 s), and close together where nothing is known.
 */
const RUNGS_S = [
  1, 2, 4, 6, 8, 12, 16, 20, 25, 30, 37, 45, 55, 65, 80, 100, 125, 145, 155, 170, 185, 210, 235, 245, 270, 290, 305,
  340, 360, 420, 500, 590, 610, 740, 890, 910, 1050, 1190, 1210, 1500, 1790, 1810, 2400, 3000, 3590, 3610, 5000, 7190,
  7260, 7450,
]

/** Silences up to `maxMs`, which is always one, at most `most` of them: then the longer ones are kept. */
export function ladder(maxMs: number, most: number): readonly number[] {
  const rungs = [...RUNGS_S.map(s => s * 1000).filter(ms => ms < maxMs), maxMs]
  return rungs.slice(Math.max(0, rungs.length - most))
}

/** How long connections are busy one way: of each time-out up to `maxMs` one lasts 1.15 to 2.2 times as long, for the `most` longest. */
export const oneWayLadder = (maxMs: number, most: number): readonly number[] =>
  Array.from({ length: most }, (_, i) => Math.round(maxMs / 1.8 ** i)).filter(ms => ms >= LEAST_BUSY_MS)

/** Shorter ones say nothing: the packets that keep them busy are half a second apart. */
const LEAST_BUSY_MS = 1500

/** Silences that split what lies between the longest that lived and the shortest that did not; empty where it is narrow. */
export function refinement(aliveMs: number, deadMs: number, most: number): readonly number[] {
  const gapMs = deadMs - aliveMs
  const steps = Math.min(most + 1, Math.ceil(gapMs / FINEST_MS))
  return Array.from({ length: Math.max(0, steps - 1) }, (_, i) => Math.round(aliveMs + ((i + 1) * gapMs) / steps))
}

/** Finer than boxes count. */
const FINEST_MS = 500
