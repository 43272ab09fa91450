import { fileURLToPath } from 'node:url'
import type { DurationInput, KeepaliveInput } from '../model/duration.ts'
import type { SourcePosition } from '../model/scenario.ts'
import type { BrokerOptions, CheckOptions, ClientOptions, FaultOptions, Labs, LinkOptions } from './vocabulary-types.ts'

/** The names that need no options, so that they may stand alone. */
type Alone<Options> = {
  [N in keyof Options & string]: Readonly<Record<never, never>> extends Options[N] ? N : never
}[keyof Options & string]

/** `{ name: 'mosquitto', max_keepalive: 60 }`, with further keys of ours. */
type Named<Options, Own> = {
  [N in keyof Options & string]: { readonly name: N } & Options[N] & Own
}[keyof Options & string]

/** What takes no option: `{}` alone would take any. */
type Exact<Options> = Options extends object
  ? [keyof Options] extends [never]
    ? Readonly<Record<string, never>>
    : Options
  : Options

/** `{ delay: { latency: '5s' } }` */
type Keyed<Options> = { [N in keyof Options & string]: { readonly [K in N]: Exact<Options[N]> } }[keyof Options &
  string]

export interface StreamInput {
  readonly qos?: 0 | 1 | 2
  readonly every: DurationInput
  /** Bytes of each payload. */
  readonly size?: number
}

export interface ReceivingInput extends StreamInput {
  /** As a member of a shared subscription, of which the witness is the other member. */
  readonly share?: boolean
  /** Message Expiry Interval in whole seconds, MQTT 5.0. */
  readonly expiry?: DurationInput
}

export interface WillInput {
  /** Will Delay Interval in whole seconds, MQTT 5.0. */
  readonly delay?: KeepaliveInput
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
  /** Bytes of its payload. */
  readonly size?: number
}

interface OwnOfClient {
  /** Whole seconds: `2s`. */
  readonly keepalive: KeepaliveInput
  readonly protocol?: 4 | 5
  readonly traffic?: 'idle' | { readonly publishing?: StreamInput; readonly receiving?: ReceivingInput }
  readonly will?: WillInput
  readonly count?: number
  /** The file of its measured profile, by its path from this one. */
  readonly profile?: string
}

interface OwnOfLink {
  readonly latency?: DurationInput
  readonly jitter?: DurationInput
}

export type BrokerInput = Alone<BrokerOptions> | Named<BrokerOptions, { readonly profile?: string }>
export type ClientInput = Named<ClientOptions, OwnOfClient>
export type LinkInput = Alone<LinkOptions> | Named<LinkOptions, OwnOfLink> | (OwnOfLink & { readonly name?: never })
export type FaultInput = Alone<FaultOptions> | Keyed<FaultOptions>
export type CheckInput = Alone<CheckOptions> | Keyed<CheckOptions>
export type LabName = keyof Labs & string

export interface StepInput {
  readonly at: DurationInput
  readonly fault: FaultInput
  readonly for?: DurationInput
}

type MatrixRoot = 'name' | 'broker' | 'client' | 'link' | 'timeline' | 'expect' | 'lab' | 'until' | 'must' | 'scale'

/** A scenario as a TypeScript file writes it: the same keys as in YAML. */
export interface ScenarioInput {
  readonly name: string
  readonly description?: string
  readonly broker: BrokerInput
  readonly client: ClientInput
  readonly link?: LinkInput
  readonly timeline?: readonly StepInput[]
  readonly expect: readonly CheckInput[]
  readonly lab?: LabName | readonly LabName[]
  /** Words by which `--tag` chooses it. */
  readonly tags?: string | readonly string[]
  readonly until: DurationInput
  readonly must?: 'fail' | 'inconclusive'
  /** `1/100`: the same in a hundredth of the time. */
  readonly scale?: `1/${number}`
  readonly matrix?: { readonly [path in MatrixRoot | `${MatrixRoot}.${string}`]?: readonly unknown[] }
  /** The author's own. */
  readonly [note: `x-${string}`]: unknown
}

/** In the registry of symbols, since the file's copy of this module need not be the loader's. */
const CALL_SITE = Symbol.for('halfopen.callSite')

/** A scenario for a `*.scenario.ts` file to export. It is checked when it is loaded. */
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
