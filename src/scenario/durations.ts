import type { Duration } from '../model/duration.ts'
import type { Path } from './problem.ts'
import type { CheckedScenario } from './schema.ts'

/** A duration of a scenario and where its file says it. */
export interface PlacedDuration {
  readonly path: Path
  readonly duration: Duration
  /** It has to be longer than nothing. */
  readonly isPositive: boolean
  /** A window may open before the moment that it counts from. */
  readonly mayBeNegative: boolean
}

const POSITIVE: ReadonlySet<unknown> = new Set(['until', 'for', 'every'])

export const isDuration = (value: unknown): value is Duration =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 2 &&
  typeof Reflect.get(value, 'ms') === 'number' &&
  typeof Reflect.get(value, 'k') === 'number'

/** Every duration in it, those in the plug-ins' options too. */
export function durationsIn(scenario: CheckedScenario): PlacedDuration[] {
  const { broker, client, link, timeline, expect, until } = scenario
  return [
    ...under(['until'], until),
    ...under(['broker'], broker.options),
    ...under(['client'], client.options),
    ...under(['client', 'traffic'], client.traffic),
    ...under(['link'], { ...link.options, latency: link.latency, jitter: link.jitter }),
    ...timeline.flatMap((step, index) => [
      ...under(['timeline', index], { at: step.at, for: step.for }),
      ...under(['timeline', index, 'fault', step.fault.name], step.fault.options),
    ]),
    ...expect.flatMap(({ name, options }, index) => under(['expect', index, name], options)),
  ]
}

function under(path: Path, value: unknown): PlacedDuration[] {
  if (isDuration(value)) return [{ path, duration: value, ...boundsOf(path) }]
  if (typeof value !== 'object' || value === null) return []
  const keyOf = (key: string) => (Array.isArray(value) ? Number(key) : key)
  return Object.entries(value).flatMap(([key, item]) => under([...path, keyOf(key)], item))
}

const boundsOf = (path: Path) => {
  const isOurs = path[0] === 'until' || (path[0] === 'timeline' && path.length === 3) || path[1] === 'traffic'
  return { isPositive: isOurs && POSITIVE.has(path.at(-1)), mayBeNegative: path.at(-1) === 'earliest' }
}
