import { plural, seconds } from '../../checks/words.ts'
import type { Event } from '../../model/event.ts'
import { classify } from '../backoff/class.ts'
import { backoffRemark } from '../backoff/text.ts'
import { comingBack } from '../coming-back.ts'
import { CLEAR_ATTEMPTS, LEAST_ATTEMPTS } from '../limits.ts'
import { type Remark, untested } from '../remark.ts'
import { holdOf } from '../scene.ts'
import type { Stage } from '../stage.ts'
import type { Played, Scene, Step } from '../step.ts'

/** After so long without an attempt, and so many times the longest gap, it has stopped trying. */
const GAVE_UP_MS = 60_000
const GAVE_UP_GAPS = 8
/** How much longer than the longest so far the next gap may be. */
const NEXT_GAP = 4

export const backoff: Step = {
  name: 'backoff',
  title: 'Reconnect backoff',
  summary: 'the server ends the connection and turns away every attempt to come back',
  blind: true,
  longestMs: ({ backoffMs }) => backoffMs,
  act,
  judge,
}

async function act(stage: Stage, fault: string): Promise<Played> {
  const { line, limits, roster } = stage
  const untilMs = stage.nowMs + limits.backoffMs
  stage.refuse(fault)
  stage.cut(line, fault)
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
  await stage.ready('waiting for the device to come back', patienceMs(gapsOf(attempts), limits.backMs))
  return { conn: line.conn }
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
  const hold = holdOf(scene)
  if (!hold) return untested('the server was never down')
  const untilMs = hold.liftedMs ?? scene.toMs
  const attempts = scene.events
    .filter(
      event => isAttempt(event) && event.conn !== scene.conn && event.atMs >= hold.heldMs && event.atMs <= untilMs,
    )
    .map(({ atMs }) => atMs)
  const allowedMs = patienceMs(gapsOf(attempts), scene.limits.backMs)
  return [...pace(attempts, hold.heldMs, untilMs), ...comingBack(scene, allowedMs)]
}

function pace(attempts: readonly number[], cutMs: number, untilMs: number): readonly Remark[] {
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
