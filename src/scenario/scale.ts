import { type Duration, formatMs } from '../model/duration.ts'
import type { Vocabulary } from '../model/plugin.ts'
import type { Choice } from '../model/scenario.ts'
import type { ProblemText } from './problem.ts'
import { isDuration } from './rules.ts'
import type { CheckedScenario } from './scenario-schema.ts'

export type Scaled = { readonly scenario: CheckedScenario } | { readonly complaints: readonly ProblemText[] }

/**
 * The scenario `1/scale` as long: the keep-alive, the lengths of time that a fault calls `scaled` (the idle time-out of a
 * middlebox, a preset's too), when steps begin and end, how often messages go, and the end of the run.
 *
 * What is not the scenario's own to shorten stays: latencies, windows in plain seconds, options of the peers, and how exactly
 * brokers and clients count. So at a scale a broker that looks once a second looks, in units of K, more seldom.
 */
export function toScale(scenario: CheckedScenario, { faults }: Vocabulary): Scaled {
  const { scale: by, client, timeline, until } = scenario
  if (by === undefined || by === 1) return { scenario }
  const keepaliveS = client.keepaliveS / by
  if (!Number.isInteger(keepaliveS))
    return { complaints: [{ path: ['scale'], message: broken(client.keepaliveS, by) }] }
  const shorter = ({ ms, k }: Duration): Duration => ({ ms: ms / by, k })
  const stream = <S extends { readonly every: Duration }>(given: S): S => ({ ...given, every: shorter(given.every) })
  const { publishing, receiving } = client.traffic
  return {
    scenario: {
      ...scenario,
      client: {
        ...client,
        keepaliveS,
        traffic: {
          ...(publishing && { publishing: stream(publishing) }),
          ...(receiving && { receiving: stream(receiving) }),
        },
      },
      timeline: timeline.map(step => ({
        at: shorter(step.at),
        fault: shorterFault(step.fault, faults.get(step.fault.name)?.scaled ?? [], shorter),
        ...(step.for && { for: shorter(step.for) }),
      })),
      until: shorter(until),
    },
  }
}

function shorterFault(
  { name, options }: Choice,
  scaled: readonly string[],
  shorter: (length: Duration) => Duration,
): Choice {
  const each = ([key, value]: [string, unknown]) =>
    [key, scaled.includes(key) && isDuration(value) ? shorter(value) : value] as const
  return { name, options: Object.fromEntries(Object.entries(options).map(each)) }
}

/** MQTT counts the keep-alive in whole seconds; which scales come out even is easily said. */
function broken(keepaliveS: number, by: number): string {
  const even = evenScales(keepaliveS, by)
  const instead = even.length === 0 ? '' : `; ${even.map(n => `1/${n}`).join(' and ')} would`
  return `a scale of 1/${by} makes the keep-alive of ${keepaliveS} s ${formatMs((keepaliveS * 1000) / by)}, which is no whole number of seconds (MQTT knows no others)${instead}`
}

/** The nearest scale below and above that divides the keep-alive into whole seconds. */
export function evenScales(keepaliveS: number, by: number): readonly number[] {
  const even = Array.from({ length: keepaliveS }, (_, i) => i + 1).filter(n => keepaliveS % n === 0)
  const below = even.filter(n => n <= by && n > 1).at(-1)
  const above = even.find(n => n > by)
  return [below, above].filter(n => n !== undefined)
}
