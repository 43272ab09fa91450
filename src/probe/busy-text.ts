import { middleboxes } from '../faults/middleboxes/index.ts'
import { ageBoxes } from '../faults/middleboxes/middlebox.ts'
import { formatMs } from '../model/duration.ts'
import type { BusyFindings } from './busy.ts'

/** The answer where connections are ended at an age. */
export function cutByAge({ ageMs, times, how }: NonNullable<BusyFindings['maxAge']>): readonly string[] {
  const rounded = formatMs(Math.round(ageMs))
  const end = how === 'silent' ? 'silently' : `with ${how.toUpperCase()}`
  return [
    `Maximum age: each connection is ended at an age of ${rounded}, ${end}, however busy it is: the busy connection beside the silent ones too, ${times === 1 ? 'once' : `${times} times`}.`,
    'This is not an idle time-out, and no keep-alive is safe from it: a client has to connect again, and to keep its session where no message may be lost.',
    ...(times === 1
      ? ['It was seen once only; a restart of the broker or of a box at that moment would look the same. Try again.']
      : []),
    ...ageLikeness(ageMs),
  ]
}

/** A tenth more or less. */
function ageLikeness(ageMs: number): readonly string[] {
  const boxes = [...ageBoxes.values(), ...middleboxes.values()].filter(
    ({ maxAgeMs }) => maxAgeMs !== undefined && Math.abs(maxAgeMs - ageMs) <= 0.1 * maxAgeMs,
  )
  if (boxes.length === 0) return []
  return [
    `As ${boxes.map(({ name, summary }) => `${name} (${summary})`).join('; ')} ${boxes.length === 1 ? 'does' : 'do'} by default.`,
  ]
}

/** Two boxes of a pool, or a clock of each connection's own. */
export function poolWords(pool: BusyFindings['pool']): readonly string[] {
  if (!pool) return []
  return [
    `A pool of boxes answers, or each connection has a time-out of its own: some died after ${formatMs(Math.round(pool.fromMs))} of silence, others lived through ${formatMs(Math.round(pool.toMs))}. The shortest counts.`,
  ]
}

/** Whose bytes keep a connection alive there. */
export function oneWayWords(refreshedBy: BusyFindings['refreshedBy']): readonly string[] {
  switch (refreshedBy) {
    case 'both':
      return ['Kept alive by what either side says.']
    case 'out':
      return ['Kept alive by what the client says only: a connection to which the broker spoke all the time died too.']
    case 'in':
      return [
        'Kept alive by what the broker says only: a connection on which the client spoke all the time died too (answers to its pings count).',
      ]
    case 'each':
      return [
        'Each direction has a time-out of its own: a connection on which one side only spoke died too (a ping and its answer keep both).',
      ]
    default:
      return []
  }
}
