import { DURATION_EXAMPLES, type Duration, parseDuration } from '../../model/duration.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { noTime } from '../../terminal/options.ts'
import type { HostPort } from '../../text/address.ts'
import { orAll } from '../../text/nearest.ts'
import { LEAST_ATTEMPTS, type Limits, REFUSALS, type Refusal } from './device-limits.ts'
import { type DeviceTlsOptions, tlsProblems } from './device-tls.ts'
import { formatOf } from './formats.ts'
import type { DeviceStep } from './step.ts'
import { steps } from './steps/index.ts'

export interface DeviceOptions extends DeviceTlsOptions {
  readonly listen: HostPort
  readonly broker: string
  /** The broker that is started here speaks over WebSockets. */
  readonly websocket?: boolean
  readonly clientId?: string
  /** Of the device, where it is a program on this machine. */
  readonly pid?: number
  readonly wait: string
  readonly only?: string
  readonly skip?: string
  readonly plan?: string | true
  readonly giveUp: string
  readonly connack: string
  readonly back: string
  readonly refuse: string
  readonly attempts: number
  readonly backoffTime: string
  readonly payload: string
  /** `--no-messages`: false. */
  readonly messages?: boolean
  readonly strict?: boolean
  readonly report?: readonly string[]
  readonly evidence?: string
}

export interface Wanted {
  readonly limits: Limits
  readonly steps: readonly DeviceStep[]
}

/** Complains about all that is wrong with them at once. */
export function wantedFrom(options: DeviceOptions): Wanted {
  const problems: string[] = []
  const lengthOf = (option: string, text: string): Duration => {
    const length = parseDuration(text)
    if (length && (length.ms > 0 || length.k > 0)) return length
    problems.push(`${option}: ${noTime(text, DURATION_EXAMPLES)}`)
    return { ms: 1, k: 0 }
  }
  const millisecondsOf = (option: string, text: string): number => {
    const { ms, k } = lengthOf(option, text)
    if (k !== 0) problems.push(`${option}: '${text}' must not depend on K`)
    return ms
  }
  const limits: Limits = {
    giveUp: lengthOf('--give-up', options.giveUp),
    connackMs: millisecondsOf('--connack', options.connack),
    backMs: millisecondsOf('--back', options.back),
    attempts: options.attempts,
    backoffMs: millisecondsOf('--backoff-time', options.backoffTime),
    refuse: refusalFrom(options.refuse, problems),
    waitMs: millisecondsOf('--wait', options.wait),
    payload: options.messages === false ? undefined : options.payload,
  }
  if (options.pid !== undefined) problems.push(...problemsOfProcess(options.pid))
  if (options.attempts < LEAST_ATTEMPTS) problems.push(`--attempts: a class takes at least ${LEAST_ATTEMPTS}`)
  problems.push(...tlsProblems(options))
  for (const file of options.report ?? [])
    if (!formatOf(file)) problems.push(`--report: ${file} must end in .md, .html or .json`)
  const chosen = stepsFrom(options, problems)
  if (problems.length > 0) throw new Complaint(problems.map(text => `error: ${text}`).join('\n'), EXIT.usage)
  return { limits, steps: chosen }
}

function problemsOfProcess(pid: number): readonly string[] {
  if (process.platform === 'win32') return ['--pid: Windows can not stop a process and let it go on']
  if (pid === process.pid || pid === process.ppid) return [`--pid: ${pid} is halfopen itself, or what started it`]
  try {
    process.kill(pid, 0)
    return []
  } catch (error) {
    const isDenied = (error as NodeJS.ErrnoException).code === 'EPERM'
    return [`--pid: process ${pid} ${isDenied ? 'belongs to somebody else' : 'does not exist'}`]
  }
}

function refusalFrom(text: string, problems: string[]): Refusal {
  const found = REFUSALS.find(refusal => refusal === text)
  if (!found) problems.push(`--refuse: '${text}' is none of ${REFUSALS.join(', ')}`)
  return found ?? 'rst'
}

function stepsFrom({ only, skip }: DeviceOptions, problems: string[]): readonly DeviceStep[] {
  const wanted = namesFrom('--only', only, problems)
  const unwanted = namesFrom('--skip', skip, problems) ?? []
  const chosen = steps.filter(({ name }) => (wanted?.includes(name) ?? true) && !unwanted.includes(name))
  if (chosen.length === 0 && problems.length === 0) problems.push('--only and --skip leave no step')
  return chosen
}

function namesFrom(option: string, text: string | undefined, problems: string[]): readonly string[] | undefined {
  const known = steps.map(({ name }) => name)
  const names = text?.split(',').map(name => name.trim())
  for (const name of names ?? []) {
    if (known.includes(name)) continue
    problems.push(`${option}: no step is called '${name}'${orAll(name, known)}`)
  }
  return names
}
