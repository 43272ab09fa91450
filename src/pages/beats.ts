import { heldFromMs, passagesOf } from '../evidence/passages.ts'
import { formatMs } from '../model/duration.ts'
import type { Event } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import { sourceOf } from '../model/flow.ts'
import type { Beat, Verdict } from '../model/verdict.ts'

/** More does not help who looks for the one that was missing. */
const MOST_BEATS = 18
/** Events of a storm that are looked at. */
const MOST_EVENTS = 50_000

/** What happened between client, link and broker, as few lines as tell it. Pure. */
export function sequenceOf({ header, events }: Evidence, verdict: Verdict): readonly Beat[] {
  const device = verdict.outcomes.find(({ result }) => result === 'fail')?.device ?? 1
  const own = events.filter(event => event.device === undefined || event.device === device).slice(0, MOST_EVENTS)
  const beats = [
    ...packets(own, heldFromMs(header.labResolutionMs)),
    ...own.flatMap(besides),
    ...windows(verdict),
  ].toSorted((a, b) => a.atMs - b.atMs)
  return chosen(merged(answered(beats)))
}

/** Of what did not pass, as a part of its report. */
export const sequenceIfBad = (evidence: Evidence, verdict: Verdict): { readonly sequence?: readonly Beat[] } =>
  verdict.result === 'fail' || verdict.result === 'inconclusive' ? { sequence: sequenceOf(evidence, verdict) } : {}

const note = (atMs: number, text: string): Beat => ({ atMs, untilMs: atMs, times: 1, text, from: 'note', reach: 'own' })

function packets(events: readonly Event[], mostMs: number): Beat[] {
  return passagesOf(events).flatMap(([entered, left]): Beat[] => {
    const [entry, exit] = [events[entered], events[left]]
    if (entry?.what !== 'packet') return []
    const { atMs, flow, packet } = entry
    const heldMs = exit ? exit.atMs - atMs : 0
    return [
      {
        atMs,
        untilMs: atMs,
        times: 1,
        text: packet.cmd.toUpperCase(),
        from: sourceOf(flow),
        reach: exit ? 'through' : 'dead',
        ...(heldMs > mostMs ? { heldMs } : {}),
      },
    ]
  })
}

/** Ends, faults, and what peers told. */
function besides(event: Event): Beat[] {
  const { atMs, who, what } = event
  if (who === 'link' && (what === 'fin' || what === 'rst' || what === 'close-notify') && 'from' in event) {
    // What one side did; that the other was told stands a line below.
    const isOwn = event.from === event.edge
    const from = event.from === 'fault' ? 'the fault' : event.from
    const how = what === 'close-notify' ? 'close_notify' : what.toUpperCase()
    const text = isOwn ? how : `${how} of ${from}`
    return [{ ...note(atMs, text), from: event.edge }]
  }
  if (what === 'unsent') return [{ ...note(atMs, 'held by its kernel'), from: event.edge }]
  if (who === 'harness' && what.startsWith('fault-') && what !== 'fault-asked' && 'fault' in event)
    return [note(atMs, `${(event.fault ?? '').replace(/#\d+$/, '')} ${what.slice('fault-'.length)}`)]
  if (who === 'client' && (what === 'closed' || what === 'error' || what === 'offline'))
    return [{ ...note(atMs, `application: ${what}`), from: 'client' }]
  if (who === 'witness' && what === 'will') return [{ ...note(atMs, 'will published'), from: 'broker' }]
  return []
}

/** The windows of what failed, and what was found. */
function windows({ outcomes }: Verdict): Beat[] {
  return outcomes.flatMap(({ check, result, sinceMs, seenMs, window }): Beat[] => {
    if (result !== 'fail' || sinceMs === null) return []
    const beats = [note(sinceMs, `${check} counts from here`)]
    if (window && window.earliestMs > 0) beats.push(note(sinceMs + window.earliestMs, `${check}: allowed from here`))
    if (window && Number.isFinite(window.latestMs))
      beats.push(note(sinceMs + window.latestMs, `${check}: allowed until here`))
    if (seenMs !== null) beats.push(note(seenMs, `${check}: it was here, ${formatMs(Math.round(seenMs - sinceMs))} on`))
    return beats
  })
}

const ANSWERS: Readonly<Record<string, string>> = {
  CONNECT: 'CONNACK',
  PINGREQ: 'PINGRESP',
  PUBLISH: 'PUBACK',
  SUBSCRIBE: 'SUBACK',
}

/** A request with the answer that follows it is one line. */
function answered(beats: readonly Beat[]): Beat[] {
  const found: Beat[] = []
  for (const beat of beats) {
    const before = found.at(-1)
    const isAnswer =
      before?.reach === 'through' &&
      beat.reach === 'through' &&
      before.from !== beat.from &&
      before.heldMs === undefined &&
      beat.heldMs === undefined &&
      ANSWERS[before.text] === beat.text
    if (before && isAnswer)
      found[found.length - 1] = { ...before, text: `${before.text}, ${beat.text}`, reach: 'answered' }
    else found.push(beat)
  }
  return found
}

/** The same again and again is one line. */
function merged(beats: readonly Beat[]): Beat[] {
  const found: Beat[] = []
  for (const beat of beats) {
    const before = found.at(-1)
    const isAlike =
      before?.text === beat.text &&
      before.from === beat.from &&
      before.reach === beat.reach &&
      beat.heldMs === undefined
    if (before && isAlike && beat.from !== 'note')
      found[found.length - 1] = { ...before, untilMs: beat.untilMs, times: before.times + beat.times }
    else found.push(beat)
  }
  return found
}

/** The most telling ones, in order of time; what is left out between two is a line of its own. */
function chosen(beats: readonly Beat[]): readonly Beat[] {
  if (beats.length <= MOST_BEATS) return beats
  const weight = (beat: Beat): number =>
    beat.from === 'note' ? 3 : beat.reach === 'dead' || beat.heldMs !== undefined ? 2 : beat.reach === 'own' ? 2 : 1
  const byWeight = beats.map((beat, number) => ({ beat, number })).toSorted((a, b) => weight(b.beat) - weight(a.beat))
  const kept = new Set(byWeight.slice(0, MOST_BEATS / 2).map(({ number }) => number))
  const lines: Beat[] = []
  let left = 0
  beats.forEach((beat, number) => {
    if (!kept.has(number)) left += beat.times
    if (kept.has(number) && left > 0) {
      lines.push(note(beats[number - 1]?.untilMs ?? beat.atMs, `(${left} more)`))
      left = 0
    }
    if (kept.has(number)) lines.push(beat)
  })
  if (left > 0) lines.push(note(beats.at(-1)?.untilMs ?? 0, `(${left} more)`))
  return lines
}
