import type { Event } from '../model/event.ts'
import type { EvidenceHeader } from '../model/evidence.ts'
import { absence } from './absence.ts'
import { silent } from './duty.ts'
import { type Excused, excused } from './excuse.ts'
import { headerOf, type Setting } from './header.ts'
import { heaviest, type Remark, type StepResult, untested } from './remark.ts'
import { lineUnderTest } from './scene.ts'
import { type Stage, Stopped } from './stage.ts'
import type { Scene, Step } from './step.ts'

export interface StepOutcome {
  readonly step: Step
  readonly result: StepResult
  readonly remarks: readonly Remark[]
  /** On the run's clock; `undefined` where it was never begun. */
  readonly scene: Pick<Scene, 'fromMs' | 'toMs' | 'fault'> | undefined
  /** Why no step after it is played. */
  readonly drowned?: string
}

export interface ProgrammeSeat {
  readonly stage: Stage
  readonly setting: Setting
  /** What was seen so far: the device's connections and the harness, in order, on the run's clock. `header`: of the step's device. */
  events(header: EvidenceHeader): Promise<readonly Event[]>
  begun(step: Step): void
  /** The device is there. */
  there(): void
  ended(outcome: StepOutcome): void
}

/** Plays the steps one after the other. What is left when somebody stops it is not played; it never throws. */
export async function playProgramme(steps: readonly Step[], seat: ProgrammeSeat): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = []
  let gone: string | undefined
  for (const [index, step] of steps.entries()) {
    const outcome: StepOutcome = gone === undefined ? await playStep(step, index, seat) : without(step, gone)
    gone ??= outcome.scene ? outcome.drowned : absence(seat.stage)
    outcomes.push(outcome)
    seat.ended(outcome)
    if (seat.stage.stopped) break
  }
  return outcomes
}

const without = (step: Step, why: string): StepOutcome => ({
  step,
  result: 'not tested',
  remarks: untested(why),
  scene: undefined,
})

async function playStep(step: Step, index: number, seat: ProgrammeSeat): Promise<StepOutcome> {
  const { stage } = seat
  const fault = `${step.name}#${index}`
  let fromMs: number | undefined
  try {
    seat.begun(step)
    if (!(await stage.ready('waiting for the device', stage.limits.waitMs))) return without(step, absence(stage))
    seat.there()
    fromMs = stage.nowMs
    const { remarks, drowned } = await judged(step, fault, fromMs, seat)
    return {
      step,
      result: heaviest(remarks.map(({ result }) => result)),
      remarks,
      scene: { fromMs, toMs: stage.nowMs, fault },
      ...(drowned !== undefined && { drowned }),
    }
  } catch (error) {
    const text = error instanceof Stopped ? 'stopped before its end' : `halfopen's own failure: ${messageOf(error)}`
    const result = error instanceof Stopped ? 'not tested' : 'inconclusive'
    const scene = fromMs === undefined ? undefined : { fromMs, toMs: stage.nowMs, fault }
    return { step, result, remarks: [{ result, text }], scene }
  } finally {
    stage.lift()
  }
}

async function judged(step: Step, fault: string, fromMs: number, seat: ProgrammeSeat): Promise<Excused> {
  const { stage, setting } = seat
  if (stage.roster.tls && !step.blind)
    return { remarks: untested("the link can't read TLS, so nothing is known of its packets") }
  const played = await step.act(stage, fault)
  if ('untested' in played && played.conn === undefined) return { remarks: untested(played.untested) }
  const line = stage.roster.line(played.conn ?? 0) ?? stage.roster.first
  if (!line) throw new Error(`connection ${played.conn} is not known`)
  const { terms } = line
  const { limits } = stage
  const toMs = stage.nowMs
  const header = headerOf(setting, terms)
  const events = await seat.events(header)
  const scene: Scene = { header, events, fromMs, toMs, fault, conn: line.conn, terms, limits }
  if (!('untested' in played)) return excused(step.judge({ ...scene, conn: played.conn }), scene)
  const failed = silent(scene, lineUnderTest(scene))
  return excused(failed ? [failed] : untested(played.untested), scene)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
