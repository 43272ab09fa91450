import { parseDuration } from '../model/duration.ts'
import { noTime } from './options.ts'

/** Values of one axis, and what is wrong with the text, without the option's name. */
export interface Listed<V> {
  readonly values: readonly V[]
  readonly problems: readonly string[]
}

export type ParseOne<V> = (text: string) => { readonly value: V } | { readonly problem: string }

/** A slip in a range should not fill the memory. */
const MOST_VALUES = 10_000
/** Steps of a tenth do not come out even in binary. */
const ROUNDING = 1e-6

/** `a,b,c`, each once, in the order given. */
export function parseList<V>(text: string, one: ParseOne<V>): Listed<V> {
  const parts = text.split(',').map(part => part.trim())
  const parsed = parts.map(part => (part === '' ? { problem: 'a value is missing between two commas' } : one(part)))
  return {
    values: [...new Set(parsed.flatMap(each => ('value' in each ? [each.value] : [])))],
    problems: parsed.flatMap(each => ('problem' in each ? [each.problem] : [])),
  }
}

/** The same for numbers, where `from..to/step` stands for all of its values; `to` counts if a step falls on it. */
export function parseNumbers(text: string, one: ParseOne<number>): Listed<number> {
  const lists = text.split(',').map(part => {
    const { from, to, step } = rangeIn(part)
    if (from === '' || to === '') return parseList(part, one)
    if (step === '') return wrong(`'${part.trim()}' has no step: write ${from}..${to}/STEP`)
    return range(part.trim(), [from, to, step], one)
  })
  return {
    values: [...new Set(lists.flatMap(({ values }) => values))],
    problems: lists.flatMap(({ problems }) => problems),
  }
}

/** What is missing is empty. */
function rangeIn(part: string): { readonly from: string; readonly to: string; readonly step: string } {
  const dots = part.indexOf('..')
  const slash = part.indexOf('/', dots)
  const end = slash < 0 ? part.length : slash
  if (dots < 0) return { from: '', to: '', step: '' }
  return { from: part.slice(0, dots).trim(), to: part.slice(dots + 2, end).trim(), step: part.slice(end + 1).trim() }
}

function range(part: string, texts: readonly string[], one: ParseOne<number>): Listed<number> {
  const bounds = texts.map(one)
  const problems = bounds.flatMap(each => ('problem' in each ? [each.problem] : []))
  const [from = 0, to = 0, step = 0] = bounds.flatMap(each => ('value' in each ? [each.value] : []))
  if (problems.length > 0) return { values: [], problems }
  if (to < from) return wrong(`'${part}' runs backwards: ${texts[0]} is more than ${texts[1]}`)
  if (!(step > 0)) return wrong(`'${part}' has a step that leads nowhere`)
  const count = Math.floor((to - from) / step + ROUNDING) + 1
  if (count > MOST_VALUES) return wrong(`'${part}' makes ${count} values; at most ${MOST_VALUES}`)
  return { values: Array.from({ length: count }, (_, i) => Number((from + i * step).toFixed(6))), problems: [] }
}

const wrong = (problem: string): Listed<never> => ({ values: [], problems: [problem] })

/** `10s` in units of `unitMs`. */
export const durationIn =
  (unitMs: number, { whole = false, least = 0 } = {}): ParseOne<number> =>
  text => {
    const duration = parseDuration(text)
    if (!duration) return { problem: noTime(text, '250ms, 10s, 2m, 1h') }
    if (duration.k !== 0) return { problem: `'${text}' counts in keep-alives, which are an axis themselves` }
    const value = duration.ms / unitMs
    if (whole && !Number.isInteger(value)) return { problem: `'${text}' is not a whole number of seconds` }
    return value < least ? { problem: `'${text}' is too short` } : { value }
  }

export const positiveNumber: ParseOne<number> = text => {
  const value = Number(text)
  return text !== '' && value > 0 && Number.isFinite(value)
    ? { value }
    : { problem: `'${text}' is not a number above 0` }
}
