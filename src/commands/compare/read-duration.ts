import { durationIn } from '../../terminal/lists.ts'

/** In milliseconds, or what is wrong with it. */
export function readDuration(option: string, text: string): number | string {
  const parsed = durationIn(1, { least: 1 })(text)
  return 'value' in parsed ? parsed.value : `${option}: ${parsed.problem}`
}
