import { brokerHeardMs, firstEnd } from '../../evidence/connection.ts'
import { blackhole } from '../../faults/blackhole.ts'
import type { LinkOrder, Order } from '../../faults/fault.ts'
import { isAnswer } from '../../judge/history.ts'
import { resolveDuration } from '../../model/duration.ts'
import type { Event } from '../../model/event.ts'
import { inK, plural, seconds } from '../../text/words.ts'
import { clause, SERVER_TIMEOUT } from '../../timing/spec.ts'
import { watchedMs } from './device-limits.ts'
import { type DeviceLine, keepaliveMs } from './device-line.ts'
import { ends, type Stage } from './device-stage.ts'
import { judgeGiveUp } from './give-up.ts'
import { recovered } from './recovery.ts'
import { lineUnderTest } from './scene.ts'
import type { DeviceStep, PlayedStep, Remark, Scene } from './step.ts'

/** Brokers that look for silent clients now and then take this much longer: Mosquitto 2.0.0 to 2.0.20 look every 6 s. */
export const BROKER_LATE_MS = 8000

/** So long a device is watched before it is called idle or publishing. */
const ACQUAINTANCE_K = 1.5

interface HalfOpen extends Pick<DeviceStep, 'name' | 'title' | 'summary'> {
  /** Why this device is not in the state that the step is about. */
  refusal(habit: Habit, kMs: number): string | undefined
  readonly advice: string
}

/** The path dies in both directions and nobody is told. */
function halfOpen({ refusal, advice, ...step }: HalfOpen): DeviceStep {
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

async function act(stage: Stage, fault: string, refusal: HalfOpen['refusal']): Promise<PlayedStep> {
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

const watchedFor = ({ connackMs, endedMs }: DeviceLine, nowMs: number): number =>
  (endedMs ?? nowMs) - (connackMs ?? nowMs)

/** What a device does by itself it does on each of its connections: the longest tells most. */
const longestWatched = (stage: Stage): DeviceLine =>
  stage.roster.own.reduce((a, b) => (watchedFor(b, stage.nowMs) > watchedFor(a, stage.nowMs) ? b : a), stage.line)

async function acquaint(stage: Stage, line: DeviceLine, kMs: number): Promise<void> {
  const leftMs = ACQUAINTANCE_K * kMs - watchedFor(line, stage.nowMs)
  await stage.until('watching what the device does by itself', leftMs, ends(line))
}

export const linkOrders = (orders: readonly Order[]): readonly LinkOrder[] =>
  orders.filter((order): order is LinkOrder => order.to === 'link')

/** Right after an answer is the worst moment: the client has all of its time still before it. */
export async function afterAnswer(stage: Stage, line: DeviceLine): Promise<void> {
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
async function untilBothKnow(stage: Stage, line: DeviceLine, heldMs: number): Promise<void> {
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

const isBrokers = (event: Event, line: DeviceLine): boolean =>
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

const often = (habit: Habit): string => `${plural(habit.published, 'message')} in ${seconds(habit.watchedMs)}`

/** What a device does by itself while all is well. */
interface Habit {
  /** How long it was watched, and how often it published in that time. */
  readonly watchedMs: number
  readonly published: number
  /** The longest time without a message of its own. */
  readonly longestPauseMs: number
}

/** So much of the past tells what it does now. */
const PAST_K = 3

/** On this connection, since its CONNACK. */
function habitOf({ connackMs, publishedMs, forgottenMs }: DeviceLine, nowMs: number, kMs: number): Habit {
  const fromMs = Math.max(connackMs ?? nowMs, nowMs - PAST_K * kMs, forgottenMs)
  const timesMs = [fromMs, ...publishedMs.filter(atMs => atMs > fromMs), nowMs]
  const longestPauseMs = timesMs.slice(1).reduce((most, atMs, i) => Math.max(most, atMs - (timesMs[i] ?? atMs)), 0)
  return { watchedMs: nowMs - fromMs, published: timesMs.length - 2, longestPauseMs }
}

export const halfOpenIdle: DeviceStep = halfOpen({
  name: 'half-open-idle',
  title: 'Half-open while idle',
  summary: 'the path dies in both directions while the device has nothing to say; nobody is told',
  refusal: (habit, kMs) =>
    habit.published > 0 && habit.longestPauseMs < kMs
      ? `the device published ${often(habit)}, at least every ${seconds(habit.longestPauseMs)}, more often than K: it is never idle`
      : undefined,
  advice: 'send PINGREQ when K has passed, and close when no PINGRESP has come within another K',
})

/** The classic failure: a device whose own writes stop its timer from ever running out (MQTT.js to 5.5.4, issue #682). */
export const halfOpenPublishing: DeviceStep = halfOpen({
  name: 'half-open-publishing',
  title: 'Half-open while publishing',
  summary: 'the path dies in both directions while the device publishes; nobody is told',
  refusal(habit, kMs) {
    if (habit.published === 0) return `the device did not publish during ${seconds(habit.watchedMs)}`
    if (habit.longestPauseMs < kMs) return undefined
    return `the device published ${often(habit)} only, with a pause longer than K: that is idle`
  },
  advice:
    'let only what is received restart the timer, never what is sent: a device that writes more often than K does not find out otherwise',
})
