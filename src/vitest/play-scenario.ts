import { dirname } from 'node:path'
import { realClock, speedOf } from '../clock/real.ts'
import type { DateOfMachine } from '../clock/wall-clock.ts'
import { run } from '../engine/run.ts'
import { redactScenario } from '../evidence/redact.ts'
import { writeEvidence } from '../evidence/write.ts'
import { judge } from '../judge/judge.ts'
import type { Heavy, Lab } from '../labs/lab.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Scenario } from '../model/scenario.ts'
import type { ScenarioReport } from '../model/verdict.ts'
import { sequenceIfBad } from '../pages/beats.ts'
import type { Catalog } from '../plugins.ts'
import { lengthMs } from '../reporters/progress.ts'
import { plainly } from '../text/message-of.ts'
import type { Lineup } from './lineup.ts'
import type { OrderPart, PlayedOrder } from './order.ts'

export interface PlayContext {
  readonly lab: Lab
  readonly catalog: Pick<Catalog, 'checks' | 'faults'>
  readonly lineup: Lineup
  readonly seed: number
  readonly signal: AbortSignal
  /** The moment of time 0, on all machines that play parts of a fleet. */
  readonly startAt?: DateOfMachine | undefined
}

const LIGHT: Heavy = { broker: false, client: false }

/** Runs one scenario, saves what was seen and judges it. Never throws: the harness's own trouble is a report too. */
export async function play(
  part: OrderPart,
  { lab, catalog, lineup, seed, signal, startAt }: PlayContext,
): Promise<PlayedOrder> {
  const { scenario } = part
  const clock = realClock()
  const report = (rest: Partial<ScenarioReport>): ScenarioReport => ({
    // Reporters of vitest's and of users print all that they get.
    scenario: redactScenario(scenario),
    lab: lab.kind.name,
    seed,
    durationMs: clock.nowMs(),
    ...rest,
  })
  const takesMs = lab.kind.virtual ? 0 : lengthMs(scenario) / speedOf(lab.clock(scenario))
  const place = lineup.enter(lab.heavy?.(scenario) ?? LIGHT, signal, takesMs)
  try {
    const admission = await admit(scenario, lab)
    if (admission !== true) return { report: report({ skipped: admission }) }
    const folder = part.evidenceFile === undefined ? {} : { folder: dirname(part.evidenceFile) }
    const options = { seed, runId: part.runId, signal, turn: place, raw: part.raw, startAt, ...folder }
    const evidence = await run(scenario, lab, catalog.faults, options)
    const saved = await save(part.evidenceFile, evidence)
    evidence.whole?.dispose()
    return { report: report({ ...judged(evidence, catalog), ...saved.report }), ...saved.trouble }
  } catch (error) {
    return { report: report({ verdict: { result: 'inconclusive', outcomes: [], troubles: [plainly(error)] } }) }
  } finally {
    place.over()
  }
}

async function admit(scenario: Scenario, lab: Lab): Promise<true | { reason: string; remedy?: string }> {
  const { name } = lab.kind
  if (scenario.lab && !scenario.lab.includes(name)) {
    return {
      reason: `made for lab ${scenario.lab.join(' or ')}, not for ${name}`,
      remedy: `halfopen run --lab ${scenario.lab[0]}`,
    }
  }
  const admission = await lab.admits(scenario)
  return admission === true ? true : withoutResult(admission)
}

const withoutResult = ({ reason, remedy }: { reason: string; remedy?: string }) =>
  remedy === undefined ? { reason } : { reason, remedy }

function judged(evidence: Evidence, { checks, faults }: PlayContext['catalog']) {
  const { broker, client, speed } = evidence.header
  const verdict = judge(evidence, checks, faults)
  return { ...(speed !== undefined && { speed }), broker, client, verdict, ...sequenceIfBad(evidence, verdict) }
}

/** A verdict is worth printing even where its evidence can't be kept. */
async function save(file: string | undefined, evidence: Evidence) {
  if (file === undefined) return { report: {}, trouble: {} }
  try {
    await writeEvidence(file, evidence)
    return { report: { evidence: file }, trouble: {} }
  } catch (error) {
    return { report: {}, trouble: { unsaved: plainly(error) } }
  }
}
