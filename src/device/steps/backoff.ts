import type { Event } from '../../model/event.ts'
import { plural, seconds } from '../../text/words.ts'
import { classify } from '../backoff/class.ts'
import { backoffRemark } from '../backoff/text.ts'
import { comingBack } from '../coming-back.ts'
import { CLEAR_ATTEMPTS, LEAST_ATTEMPTS, type Refusal } from '../limits.ts'
import type { Line } from '../line.ts'
import { recovered } from '../recovery.ts'
import { type Remark, untested } from '../remark.ts'
import { holdOf } from '../scene.ts'
import type { Stage } from '../stage.ts'
import type { Played, Scene, Step } from '../step.ts'
import { judgeUnstable, unstable } from '../unstable.ts'

/** After so long without an attempt, and so many times the longest gap, it has stopped trying. */
const GAVE_UP_MS = 60_000
const GAVE_UP_GAPS = 8
/** How much longer than the longest so far the next gap may be. */
const NEXT_GAP = 4
/** A wait that tells that it grew. */
const GROWN_MS = 5000

export const backoff: Step = {
  name: 'backoff',
  title: 'Reconnect backoff',
  summary:
    'the server ends the connection and turns away every attempt to come back, then refuses by CONNACK, then accepts and ends each session at once',
  blind: true,
  longestMs: ({ backoffMs, backMs }, kMs) => 3 * backoffMs + 2 * backMs + 2 * kMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<Played> {
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
async function turnedAway(stage: Stage, name: string, line: Line, how: Refusal): Promise<readonly number[]> {
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

interface Attempts {
  readonly attempts: readonly number[]
  readonly cutMs: number
  readonly untilMs: number
}

function attemptsIn(scene: Scene, fault: string): Attempts | undefined {
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
