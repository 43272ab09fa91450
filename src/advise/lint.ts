import { faults } from '../faults/index.ts'
import { formatMs, resolveDuration } from '../model/duration.ts'
import type { Scenario } from '../model/scenario.ts'
import { brokerProfilesAt, latestClose } from '../timing/profiles/brokers.ts'
import { type Advice, advise, type Finding, type Question } from './advise.ts'

/** What is to be said of a scenario before it is played; empty where there is nothing. */
export function lint(scenario: Scenario): readonly Finding[] {
  const questions = questionsOf(scenario)
  const findings = questions.flatMap(question => advise(question).findings)
  return [...new Map(findings.map(finding => [finding.text, finding])).values(), ...aboutScale(scenario)]
}

/** One for each middlebox in its timeline; one without where there is none. */
export function questionsOf({ client, broker, timeline }: Scenario): readonly Question[] {
  const { keepaliveS, protocol, name, options } = client
  const max = broker.options.max_keepalive
  // mosquitto.conf(5): 0 is no limit.
  const limits = typeof max === 'number' && max > 0 ? { brokerMaxS: max } : {}
  // Of what library a program is made, where the scenario says it: `is: paho-go 1.3.5`.
  const library = typeof options.is === 'string' ? (options.is.split(' ')[0] ?? name) : name
  const base = { keepaliveS, protocol, client: library, ...limits }
  const boxes = timeline.flatMap(({ fault }) => faults.get(fault.name)?.idleAfter?.(fault.options) ?? [])
  if (boxes.length === 0) return limits.brokerMaxS === undefined ? [] : [base]
  return boxes.map(after => ({ ...base, idleMs: resolveDuration(after, keepaliveS * 1000) }))
}

/** The one that decides, of all the middleboxes in the way. */
export const worstAdvice = (scenario: Scenario): Advice | undefined =>
  questionsOf(scenario)
    .map(advise)
    .toSorted((a, b) => (a.question.idleMs ?? Infinity) - (b.question.idleMs ?? Infinity))[0]

/** How seldom a broker looks is its own affair; at a scale it weighs that many times more, in units of K. */
function aboutScale({ scale, client, broker }: Scenario): readonly Finding[] {
  if (scale === undefined || client.keepaliveS === 0) return []
  const keepaliveMs = client.keepaliveS * 1000
  const late = brokerProfilesAt(keepaliveMs, client.protocol)
    .filter(({ names }) => names.includes(broker.name))
    .map(profile => resolveDuration(latestClose(profile, keepaliveMs), keepaliveMs) - 1.5 * keepaliveMs)
  const granularityMs = Math.max(0, ...late)
  const figure =
    granularityMs === 0
      ? ''
      : `: ${broker.name} may be ${formatMs(granularityMs)} late at any keep-alive, ${inK(granularityMs / keepaliveMs)} here and ${inK(granularityMs / keepaliveMs / scale)} in full length`
  return [{ level: 'ok', text: `scale 1/${scale}: how exactly broker and client count does not scale${figure}` }]
}

const inK = (k: number): string => `${Number(k.toPrecision(2))}K`
