import { type EdgePassage, heldFromMs } from '../evidence/passages.ts'
import { formatMs } from '../model/duration.ts'
import type { Evidence } from '../model/evidence.ts'
import { opposite } from '../model/flow.ts'
import type { Verdict } from '../model/verdict.ts'
import { harmless } from '../text/harmless.ts'

/** What a capture says beside its packets. */
export interface PacketComments {
  /** Of an event, by its number. */
  readonly events: ReadonlyMap<number, readonly string[]>
  /** Of a moment, in order of time: said at the next packet. */
  readonly moments: { readonly atMs: number; readonly text: string }[]
}

/** A date that may be as late as this is worth a word. */
const LATE_MS = 1

/** Where faults act, what they did to each packet, where verdicts fall, and which dates are uncertain. */
export function told(
  { header, events }: Evidence,
  passages: readonly EdgePassage[],
  verdict: Verdict | undefined,
): PacketComments {
  const words = new Map<number, string[]>()
  const say = (number: number, text: string) => words.set(number, [...(words.get(number) ?? []), text])
  for (const [entered, left] of passages) {
    const [entry, exit] = [events[entered], events[left]]
    if (!entry || !('edge' in entry)) continue
    if (!exit) say(entered, `it never reached the ${opposite(entry.edge)}'s edge`)
    else if (exit.atMs - entry.atMs > heldFromMs(header.labResolutionMs))
      say(left, `on its way for ${formatMs(exit.atMs - entry.atMs)}`)
  }
  for (const [number, { who, lateMs = 0 }] of events.entries())
    if (who === 'link' && lateMs >= LATE_MS) say(number, `dated up to ${formatMs(lateMs)} late`)
  const faults = events.flatMap(event =>
    event.who === 'harness' && 'fault' in event && event.fault !== undefined
      ? [
          {
            atMs: event.atMs,
            text: `${event.fault} ${event.what.replace('fault-', '')}${event.note ? ` (${event.note})` : ''}`,
          },
        ]
      : [],
  )
  const verdicts = (verdict?.outcomes ?? []).flatMap(({ check, result, reason, sinceMs, seenMs }) => [
    ...(sinceMs === null ? [] : [{ atMs: sinceMs, text: `${check} counts from here` }]),
    ...(seenMs === null ? [] : [{ atMs: seenMs, text: `${check}: ${result}: ${reason}` }]),
    ...(seenMs === null ? [{ atMs: sinceMs ?? 0, text: `${check}: ${result}: ${reason}` }] : []),
  ])
  const moments = [...faults, ...verdicts].toSorted((a, b) => a.atMs - b.atMs)
  return { events: words, moments: harmless(moments) }
}
