/**
 * Which packet that left the link is which of those that entered it. The record does not tell: the link dates packets at both of its
 * edges, and what it holds, releases or swallows between them is the fault's affair. TCP keeps the order, so of packets that look alike
 * the first to enter is the first to leave; but where more entered than left, one that was swallowed must not take the date of the next.
 */
import { type Event, isPassing, type PassingEvent } from '../model/event.ts'
import { targetOf } from '../model/flow.ts'

/** Numbers of events: where it entered, and where it left; -1: it never left. In order of entry. */
export type EdgePassage = readonly [entered: number, left: number]

interface Alike {
  readonly entered: number[]
  readonly left: number[]
}

export function passagesOf(events: readonly Event[]): readonly EdgePassage[] {
  const kinds = new Map<string, Alike>()
  events.forEach((event, number) => {
    if (!isPassing(event)) return
    const key = looksOf(event)
    const alike = kinds.get(key) ?? { entered: [], left: [] }
    kinds.set(key, alike)
    if (event.edge === targetOf(event.flow)) alike.left.push(number)
    else alike.entered.push(number)
  })
  const atMs = (number: number): number => events[number]?.atMs ?? 0
  return [...kinds.values()].flatMap(alike => paired(alike, atMs)).toSorted(([a], [b]) => a - b)
}

function looksOf(event: Event & PassingEvent): string {
  const where = `${event.conn ?? 1} ${event.flow}`
  if (event.what === 'data') return `${where} ${event.bytes}`
  if (event.what === 'websocket') return `${where} ${event.frame.kind} ${event.frame.bytes}`
  const { cmd, bytes, messageId, topic } = event.packet
  return `${where} ${cmd} ${bytes} ${messageId ?? ''} ${topic ?? ''}`
}

/** Longer on its way than that, it was held: by a delay of the link, or by a fault. In a lab that dates less exactly, more. */
export const heldFromMs = (labResolutionMs: number): number => Math.max(25, 2.5 * labResolutionMs)

/** A packet that was on its way for at most so much longer than the fastest of its kind was not held. */
const AS_FAST_MS = 5

function paired({ entered, left }: Alike, atMs: (number: number) => number): EdgePassage[] {
  const found: EdgePassage[] = []
  const fastestMs = Math.min(...left.map(exit => atMs(exit) - latestBefore(entered, exit, atMs)))
  let next = 0
  left.forEach((exit, done) => {
    let chosen = next
    // As many as may be passed over: more entered than will still leave.
    const spare = entered.length - next - (left.length - done)
    for (let candidate = next + 1; candidate <= next + spare; candidate++) {
      const number = entered[candidate]
      if (number === undefined || number > exit) break
      if (atMs(exit) - atMs(number) <= fastestMs + AS_FAST_MS) chosen = candidate
    }
    const entry = entered[chosen]
    // What left and was never seen to enter is damage of the record.
    if (entry === undefined || entry > exit) return
    for (const lost of entered.slice(next, chosen)) found.push([lost, -1])
    found.push([entry, exit])
    next = chosen + 1
  })
  for (const lost of entered.slice(next)) found.push([lost, -1])
  return found
}

function latestBefore(entered: readonly number[], exit: number, atMs: (number: number) => number): number {
  let [low, high] = [0, entered.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entered[middle] ?? 0) < exit) low = middle + 1
    else high = middle
  }
  const before = entered[low - 1]
  return before === undefined ? Number.NEGATIVE_INFINITY : atMs(before)
}
