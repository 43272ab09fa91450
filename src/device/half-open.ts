import { brokerHeardMs, firstEnd } from '../evidence/connection.ts'
import { blackhole } from '../faults/blackhole.ts'
import type { LinkOrder, Order } from '../faults/fault.ts'
import { isAnswer } from '../judge/history.ts'
import { resolveDuration } from '../model/duration.ts'
import type { Event } from '../model/event.ts'
import { inK, plural, seconds } from '../text/words.ts'
import { clause, SERVER_TIMEOUT } from '../timing/spec.ts'
import { judgeGiveUp } from './give-up.ts'
import { type Habit, habitOf } from './habit.ts'
import { watchedMs } from './limits.ts'
import type { Line } from './line.ts'
import { recovered } from './recovery.ts'
import type { Remark } from './remark.ts'
import { lineUnderTest } from './scene.ts'
import { ends, type Stage } from './stage.ts'
import type { Played, Scene, Step } from './step.ts'
import { keepaliveMs } from './terms.ts'

/** Brokers that look for silent clients now and then take this much longer: Mosquitto 2.0.0 to 2.0.20 look every 6 s. */
export const BROKER_LATE_MS = 8000

/** So long a device is watched before it is called idle or publishing. */
const ACQUAINTANCE_K = 1.5

export interface HalfOpen extends Pick<Step, 'name' | 'title' | 'summary'> {
  /** Why this device is not in the state that the step is about. */
  refusal(habit: Habit, kMs: number): string | undefined
  readonly advice: string
}

/** The path dies in both directions and nobody is told. */
export function halfOpen({ refusal, advice, ...step }: HalfOpen): Step {
  return {
    ...step,
    longestMs: (limits, kMs) =>
      (ACQUAINTANCE_K + 1) * kMs +
      1000 +
      Math.max(watchedMs(resolveDuration(limits.giveUp, kMs)), resolveDuration(SERVER_TIMEOUT, kMs) + BROKER_LATE_MS),
    act: (stage, fault) => act(stage, fault, refusal),
    judge: scene => [
      ...judgeGiveUp(scene, { advice, untouched: 'neither side sent anything while the path was dead' }),
      ...brokersSide(scene),
    ],
  }
}

async function act(stage: Stage, fault: string, refusal: HalfOpen['refusal']): Promise<Played> {
  const { line } = stage
  const kMs = keepaliveMs(line.terms)
  if (kMs === 0) return { untested: KEEPALIVE_OFF }
  const known = longestWatched(stage)
  if (watchedFor(known, stage.nowMs) < ACQUAINTANCE_K * kMs) await acquaint(stage, line, kMs)
  if (!line.alive) return { untested: 'the device lost its connection while it was watched', conn: line.conn }
  const best = longestWatched(stage)
  const why = refusal(habitOf(best, best.endedMs ?? stage.nowMs, kMs), kMs)
  if (why !== undefined) return { untested: why }
  await afterAnswer(stage, line)
  if (!line.alive) return { untested: 'the device lost its connection before the path died', conn: line.conn }

  const orders = linkOrders(blackhole.on({ direction: 'both', recovery: 'at-once' }, kMs))
  const heldMs = stage.nowMs
  stage.hold(fault, orders)
  await untilBothKnow(stage, line, heldMs)
  stage.lift()
  if (!line.alive || (await stage.until('waiting for the broker to tell it', kMs, ends(line))))
    await recovered(stage, 'waiting for the device to come back')
  return { conn: line.conn }
}

export const KEEPALIVE_OFF = 'keep-alive 0: the device pings nobody, so it has nothing to give up on'

const watchedFor = ({ connackMs, endedMs }: Line, nowMs: number): number => (endedMs ?? nowMs) - (connackMs ?? nowMs)

/** What a device does by itself it does on each of its connections: the longest tells most. */
const longestWatched = (stage: Stage): Line =>
  stage.roster.own.reduce((a, b) => (watchedFor(b, stage.nowMs) > watchedFor(a, stage.nowMs) ? b : a), stage.line)

async function acquaint(stage: Stage, line: Line, kMs: number): Promise<void> {
  const leftMs = ACQUAINTANCE_K * kMs - watchedFor(line, stage.nowMs)
  await stage.until('watching what the device does by itself', leftMs, ends(line))
}

export const linkOrders = (orders: readonly Order[]): readonly LinkOrder[] =>
  orders.filter((order): order is LinkOrder => order.to === 'link')

/** Right after an answer is the worst moment: the client has all of its time still before it. */
export async function afterAnswer(stage: Stage, line: Line): Promise<void> {
  const kMs = keepaliveMs(line.terms)
  const answers = (event: Event) =>
    event.what === 'packet' &&
    event.conn === line.conn &&
    event.flow === 'down' &&
    event.edge === 'client' &&
    isAnswer(event)
  await stage.until(
    'waiting for an answer, to cut right after it',
    kMs + 1000,
    event => answers(event) || ends(line)(event),
  )
}

/** The device has closed and so has the broker; or it is long too late for that. */
async function untilBothKnow(stage: Stage, line: Line, heldMs: number): Promise<void> {
  const kMs = keepaliveMs(line.terms)
  const giveUpMs = watchedMs(resolveDuration(stage.limits.giveUp, kMs))
  const brokerMs = resolveDuration(SERVER_TIMEOUT, kMs) + BROKER_LATE_MS
  let brokerKnows = false
  const brokerEnds = (event: Event) => {
    brokerKnows ||= event.what === 'fin' || event.what === 'rst' ? isBrokers(event, line) : false
    return brokerKnows
  }
  await stage.until('the path is dead: waiting for the device to notice', giveUpMs, event => {
    brokerEnds(event)
    return ends(line)(event)
  })
  const leftMs = heldMs + brokerMs - stage.nowMs
  if (!brokerKnows && leftMs > 0) await stage.until('waiting for the broker to notice too', leftMs, brokerEnds)
}

const isBrokers = (event: Event, line: Line): boolean =>
  (event.what === 'fin' || event.what === 'rst') &&
  event.conn === line.conn &&
  event.edge === 'broker' &&
  event.from === 'broker'

/** For the figures: it is not the device's merit. */
function brokersSide(scene: Scene): readonly Remark[] {
  const line = lineUnderTest(scene)
  const closed = line && firstEnd(line, 'broker', ['broker'])
  const heard = line && closed ? brokerHeardMs(line).findLast(atMs => atMs <= closed.atMs) : undefined
  const rule = clause('serverDrops', scene.terms.protocol)
  if (!closed || heard === undefined) return [{ result: 'note', text: 'the broker was not seen to notice' }]
  const after = inK(closed.atMs - heard, keepaliveMs(scene.terms))
  return [{ result: 'note', text: `the broker closed ${after} after the last packet that it received`, clause: rule }]
}

export const often = (habit: Habit): string => `${plural(habit.published, 'message')} in ${seconds(habit.watchedMs)}`
