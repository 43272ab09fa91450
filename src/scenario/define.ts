import { fileURLToPath } from 'node:url'
import type { SourcePosition } from '../model/scenario.ts'

/** Options of a plug-in, by its own names for them. */
export type OptionsInput = Readonly<Record<string, unknown>>

/** `2s`, `500ms`, `1.5K`, `1.5K + 2s`; K is the keep-alive in force. */
export type DurationInput = string

export interface StreamInput {
  readonly qos?: 0 | 1 | 2
  readonly every: DurationInput
}

export interface ClientInput extends OptionsInput {
  readonly name: string
  /** Whole seconds: `2s`. */
  readonly keepalive: DurationInput
  readonly protocol?: 4 | 5
  readonly traffic?: 'idle' | { readonly publishing?: StreamInput; readonly receiving?: StreamInput }
  readonly count?: number
  /** The file of its measured profile, by its path from this one. */
  readonly profile?: string
}

export interface LinkInput extends OptionsInput {
  readonly name?: string
  readonly latency?: DurationInput
  readonly jitter?: DurationInput
}

export interface StepInput {
  readonly at: DurationInput
  readonly fault: string | Readonly<Record<string, OptionsInput>>
  readonly for?: DurationInput
}

/** A scenario as a TypeScript file writes it: the same keys as in YAML. */
export interface ScenarioInput {
  readonly name: string
  readonly description?: string
  readonly broker: string | ({ readonly name: string } & OptionsInput)
  readonly client: ClientInput
  readonly link?: string | LinkInput
  readonly timeline?: readonly StepInput[]
  readonly expect: readonly (string | Readonly<Record<string, OptionsInput>>)[]
  readonly lab?: string | readonly string[]
  readonly until: DurationInput
  readonly must?: 'fail' | 'inconclusive'
  /** `1/100`: the same in a hundredth of the time. */
  readonly scale?: string
  readonly matrix?: Readonly<Record<string, readonly unknown[]>>
}

/** In the registry of symbols, since the file's copy of this module need not be the loader's. */
const CALL_SITE = Symbol.for('halfopen.callSite')

/** A scenario for a `*.scenario.ts` file to export. It is checked when it is loaded; its problems point at this call. */
export function defineScenario(input: ScenarioInput): ScenarioInput {
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace, defineScenario)
  return Object.defineProperty({ ...input }, CALL_SITE, { value: firstPosition(trace.stack ?? '') })
}

/** Where `defineScenario` was called, by its absolute path; `undefined` where the object did not come from there. */
export function callSiteOf(scenario: unknown): SourcePosition | undefined {
  if (typeof scenario !== 'object' || scenario === null) return undefined
  return Reflect.get(scenario, CALL_SITE) as SourcePosition | undefined
}

const FRAME_END = /:(\d{1,9}):(\d{1,9})\)?$/

/** From a V8 stack: `at name (file:///path.ts:3:14)` or `at /path.ts:3:14`. */
function firstPosition(stack: string): SourcePosition | undefined {
  const frame = stack.split('\n').find(line => FRAME_END.test(line) && line.trimStart().startsWith('at ')) ?? ''
  const end = FRAME_END.exec(frame)
  if (!end) return undefined
  const [, line, column] = end
  const before = frame.slice(0, end.index).trimStart()
  const place = before.includes(' (') ? before.slice(before.indexOf(' (') + 2) : before.replace(/^at (?:async )?/, '')
  const file = place.startsWith('file://') ? fileURLToPath(place) : place
  return { file, line: Number(line), column: Number(column) }
}
