import type { Record } from '../../../clock/kit.ts'

/** A line of what a program says is evidence, but not all that it may have to say. */
const NOTE_CHARACTERS = 300
const LINES_KEPT = 200

export const shortened = (line: string): string => line.slice(0, NOTE_CHARACTERS)

/** Records line after line, up to a bound; empty ones are none. */
export function logTo(record: Record, redact: (text: string) => string): (line: string) => void {
  let kept = 0
  return line => {
    if (line.trim() === '' || kept++ >= LINES_KEPT) return
    record({ who: 'client', what: 'log', note: shortened(redact(line)) })
  }
}
