import type { Event } from '../../../model/event.ts'
import { median } from '../../../text/median.ts'
import { plural, seconds } from '../../../text/words.ts'
import { backoffRemark, classify } from '../backoff/backoff-class.ts'
import { CLEAR_ATTEMPTS, LEAST_ATTEMPTS, type Refusal } from '../device-limits.ts'
import { type DeviceLine, keepaliveMs } from '../device-line.ts'
import type { Stage } from '../device-stage.ts'
import { recovered } from '../recovery.ts'
import { holdOf } from '../scene.ts'
import {
  type AttemptSeries,
  type DeviceStep,
  type PlayedStep,
  type Remark,
  type Scene,
  type StepView,
  untested,
} from '../step.ts'
import { comingBack } from './connack.ts'

/** A server that accepts the device and ends each session right after its CONNACK. */

/** So that the device has taken its CONNACK in, and believes in its session. */
const ACCEPTED_MS = 100
/** A shorter wait is none: no server recovers so soon. Of a short keep-alive, as in tests, this part. */
const NO_WAIT_MS = 500
const NO_WAIT_K = 0.1
/** After so long without an attempt it has stopped trying. */
const UNSTABLE_GAVE_UP_MS = 60_000

/** Plays it, beginning with a healthy connection. Ends with the fault lifted. */
async function unstable(stage: Stage, name: string): Promise<void> {
  const untilMs = stage.nowMs + stage.limits.backoffMs
  stage.hold(name, [])
  for (let ended = 0; ended < LEAST_ATTEMPTS && stage.nowMs < untilMs; ended++) {
    await stage.pause('accepted: its session is ended', ACCEPTED_MS)
    const last = stage.roster.current
    if (!last) break
    stage.cut(last, name)
    const text = `its session was ended ${ended + 1} of ${LEAST_ATTEMPTS} times: waiting for it to come back`
    const back = () => (stage.roster.current?.conn ?? 0) > last.conn
    if (!(await stage.until(text, untilMs - stage.nowMs, back))) break
  }
  stage.lift()
}

/** Nothing where it was not played. */
function judgeUnstable(scene: Pick<Scene, 'events' | 'terms' | 'toMs'>, name: string): readonly Remark[] {
  const cuts = scene.events.filter(event => event.what === 'fault-touched' && event.fault === name)
  if (cuts.length === 0) return []
  const waits = cuts.flatMap(cut => waitAfter(scene.events, cut) ?? [])
  const silentMs = scene.toMs - (cuts.at(-1)?.atMs ?? scene.toMs)
  if (waits.length < cuts.length && silentMs > Math.max(UNSTABLE_GAVE_UP_MS, 8 * Math.max(0, ...waits)))
    return [stoppedTrying(waits.length, silentMs)]
  if (waits.length === 0)
    return [
      { result: 'inconclusive', text: `it did not come back within ${seconds(silentMs)} after its session was ended` },
    ]
  const shown = waits.map(wait => (wait / 1000).toFixed(2)).join(', ')
  const what = `where its session is accepted and then ended, it waits ${shown} s before it comes back`
  const kMs = keepaliveMs(scene.terms)
  if (median(waits) >= Math.min(NO_WAIT_MS, kMs === 0 ? NO_WAIT_MS : NO_WAIT_K * kMs))
    return [{ result: 'pass', text: what }]
  return [
    {
      result: 'fail',
      figure: `back ${seconds(median(waits))} after an accepted session`,
      text: `${what}: hardly any delay, so each device hammers a server that accepts and fails (${plural(waits.length, 'time')})`,
      advice: 'wait before each attempt, and start the backoff anew only once a session has lasted, not at its CONNACK',
    },
  ]
}

const waitAfter = (events: readonly Event[], { conn = 0, atMs }: Event): number | undefined => {
  const next = events.find(
    event => event.what === 'open' && event.edge === 'client' && (event.conn ?? 0) > conn && event.atMs >= atMs,
  )
  return next && next.atMs - atMs
}

const stoppedTrying = (times: number, silentMs: number): Remark => ({
  result: 'fail',
  text: `after its session was ended right after the CONNACK it came back ${plural(times, 'time')}, and then stopped trying: nothing came for ${seconds(silentMs)}`,
  advice: 'never stop trying: a server that was in trouble for an hour should find its devices again',
})

/** After so long without an attempt, and so many times the longest gap, it has stopped trying. */
const GAVE_UP_MS = 60_000
const GAVE_UP_GAPS = 8
/** How much longer than the longest so far the next gap may be. */
const NEXT_GAP = 4
/** A wait that tells that it grew. */
const GROWN_MS = 5000

export const backoff: DeviceStep = {
  name: 'backoff',
  title: 'Reconnect backoff',
  summary:
    'the server ends the connection and turns away every attempt to come back, then refuses by CONNACK, then accepts and ends each session at once',
  blind: true,
  longestMs: ({ backoffMs, backMs }, kMs) => 3 * backoffMs + 2 * backMs + 2 * kMs,
  act,
  judge,
  series,
}

async function act(stage: Stage, fault: string): Promise<PlayedStep> {
  const { line, limits, roster } = stage
  const attempts = await turnedAway(stage, fault, line, limits.refuse)
  const patience = patienceMs(gapsOf(attempts), limits.backMs)
  const text = 'waiting for the device to come back'
  // What is sealed can't be refused by a CONNACK, nor is it known when it was accepted.
  if (!roster.tls && (await stage.ready(text, patience))) {
    if (limits.refuse !== 'connack') await turnedAway(stage, `${fault}/${REFUSED}`, stage.line, 'connack')
    if (await stage.ready(text, patience)) await unstable(stage, `${fault}/${UNSTABLE}`)
  }
  await recovered(stage, text, patience)
  return { conn: line.conn }
}

/** What the parts of the step put in force after its first. */
const REFUSED = 'connack'
const UNSTABLE = 'unstable'

/** Ends the connection, turns every attempt away until there are enough, and lifts that. When the attempts came. */
async function turnedAway(stage: Stage, name: string, line: DeviceLine, how: Refusal): Promise<readonly number[]> {
  const { limits, roster } = stage
  const untilMs = stage.nowMs + limits.backoffMs
  stage.refuse(name, how)
  stage.cut(line, name)
  const fromConn = roster.newest
  const attempts: number[] = []
  const tries = (event: Event) => {
    const counts = isAttempt(event) && (event.conn ?? 0) > fromConn && roster.belongs(event.conn)
    if (counts) attempts.push(event.atMs)
    return counts
  }
  while (!enough(attempts, limits.attempts) && stage.nowMs < untilMs) {
    const text = `turned away ${attempts.length} of ${limits.attempts} times: waiting for its next attempt`
    await stage.until(text, untilMs - stage.nowMs, tries)
  }
  stage.lift()
  return attempts
}

/** A rule that is steady needs no more attempts: they may be minutes apart by now. */
function enough(attempts: readonly number[], wanted: number): boolean {
  if (attempts.length >= wanted) return true
  const found = attempts.length < CLEAR_ATTEMPTS ? undefined : classify(gapsOf(attempts))
  return found !== undefined && ['exponential', 'linear', 'constant'].includes(found.kind)
}

const gapsOf = (attempts: readonly number[]): readonly number[] =>
  attempts.slice(1).map((atMs, i) => atMs - (attempts[i] ?? atMs))

/** Its next attempt is as far away as its own rule says. */
const patienceMs = (gaps: readonly number[], backMs: number): number =>
  Math.max(backMs, NEXT_GAP * Math.max(0, ...gaps))

const isAttempt = (event: Event): boolean => event.what === 'open' && event.edge === 'client'

function judge(scene: Scene): readonly Remark[] {
  const first = attemptsIn(scene, scene.fault)
  if (!first) return untested('the server was never down')
  const allowedMs = patienceMs(gapsOf(first.attempts), scene.limits.backMs)
  return [
    ...pace(first),
    ...refused(scene, Math.max(0, ...gapsOf(first.attempts))),
    ...judgeUnstable(scene, `${scene.fault}/${UNSTABLE}`),
    ...comingBack(scene, allowedMs),
  ]
}

/** In milliseconds from the moment that its connection was ended, by how it was kept out. */
function series(scene: StepView): readonly AttemptSeries[] {
  const parts = [
    { how: 'turned away', fault: scene.fault },
    { how: 'refused by CONNACK', fault: `${scene.fault}/${REFUSED}` },
  ]
  const found = parts.flatMap(({ how, fault }) => {
    const part = attemptsIn(scene, fault)
    return part ? [{ how, afterMs: part.attempts.map(atMs => atMs - part.cutMs) }] : []
  })
  const cuts = scene.events.filter(
    event => event.what === 'fault-touched' && event.fault === `${scene.fault}/${UNSTABLE}`,
  )
  const firstMs = cuts[0]?.atMs ?? 0
  const afterMs = cuts.flatMap(cut => {
    const waitMs = waitAfter(scene.events, cut)
    return waitMs === undefined ? [] : [cut.atMs - firstMs + waitMs]
  })
  return afterMs.length > 0 ? [...found, { how: 'accepted, and ended at once', afterMs }] : found
}

interface Attempts {
  readonly attempts: readonly number[]
  readonly cutMs: number
  readonly untilMs: number
}

function attemptsIn(scene: StepView, fault: string): Attempts | undefined {
  const hold = holdOf({ ...scene, fault })
  if (!hold) return undefined
  const untilMs = hold.liftedMs ?? scene.toMs
  const cut = scene.events.find(
    ({ what, ...event }) => what === 'fault-touched' && 'fault' in event && event.fault === fault,
  )
  const attempts = scene.events
    .filter(
      event =>
        isAttempt(event) &&
        (event.conn ?? 0) > (cut?.conn ?? scene.conn) &&
        event.atMs >= hold.heldMs &&
        event.atMs <= untilMs,
    )
    .map(({ atMs }) => atMs)
  return { attempts, cutMs: hold.heldMs, untilMs }
}

/**
 * The same where the broker answers "server unavailable". What is merely less than ideal was said of the first part; and a device
 * whose backoff goes on from there, since it begins anew only once a session has lasted, is at its ceiling by now.
 */
function refused(scene: Scene, longestMs: number): readonly Remark[] {
  const found = attemptsIn(scene, `${scene.fault}/${REFUSED}`)
  if (!found) return []
  const gaps = gapsOf(found.attempts)
  const atCeiling = gaps.length > 0 && longestMs > GROWN_MS && Math.min(...gaps) >= longestMs / 2
  return pace(found).map(remark => {
    const bears = !atCeiling && ['fail', 'inconclusive'].includes(remark.result)
    return { ...remark, result: bears ? remark.result : 'note', text: `where its CONNECT is refused: ${remark.text}` }
  })
}

function pace({ attempts, cutMs, untilMs }: Attempts): readonly Remark[] {
  const [first = cutMs] = attempts
  const gaps = gapsOf(attempts)
  const silentMs = untilMs - (attempts.at(-1) ?? cutMs)
  if (silentMs > Math.max(GAVE_UP_MS, GAVE_UP_GAPS * Math.max(0, ...gaps, first - cutMs)))
    return [stopped(attempts.length, silentMs)]
  const found = attempts.length < LEAST_ATTEMPTS ? undefined : classify(gaps)
  if (!found) return [tooFew(attempts.length, untilMs - cutMs)]
  const shown = `first attempt after ${seconds(first - cutMs)}, then ${gaps.map(gap => (gap / 1000).toFixed(2)).join(', ')} s`
  return [backoffRemark(found, attempts.length), { result: 'note', text: shown }]
}

const stopped = (attempts: number, silentMs: number): Remark => ({
  result: 'fail',
  text: `the device stopped trying after ${plural(attempts, 'attempt')}: nothing came for ${seconds(silentMs)}`,
  advice: 'never stop trying: a server that was down for an hour should find its devices again',
})

const tooFew = (attempts: number, waitedMs: number): Remark => ({
  result: 'inconclusive',
  text: `only ${plural(attempts, 'attempt')} in ${seconds(waitedMs)}, and a class takes ${LEAST_ATTEMPTS}`,
  advice: 'give it more time with --backoff-time',
})
