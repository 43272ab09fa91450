import { standstillsOf, stoodStillMs } from '../../evidence/lateness.ts'
import { type Flood, floodsIn } from '../../judge/floods.ts'
import { formatMs } from '../../model/duration.ts'
import type { Event } from '../../model/event.ts'
import type { EvidenceHeader, PeerVersion } from '../../model/evidence.ts'
import { hang } from '../../text/layout.ts'
import { messageOf } from '../../text/message-of.ts'
import { plural, seconds } from '../../text/words.ts'
import type { Limits } from './device-limits.ts'
import { keepaliveMs, type Terms } from './device-line.ts'
import { type Stage, Stopped } from './device-stage.ts'
import { silent } from './duty.ts'
import { lineUnderTest, ofDevice, scenarioOf } from './scene.ts'
import { type DeviceStep, heaviest, type Remark, type Scene, type StepResult, untested } from './step.ts'

export interface StepOutcome {
  readonly step: DeviceStep
  readonly result: StepResult
  readonly remarks: readonly Remark[]
  /** On the run's clock; `undefined` where it was never begun. */
  readonly scene: Pick<Scene, 'fromMs' | 'toMs' | 'fault'> | undefined
  /** Why no step after it is played. */
  readonly drowned?: string
}

interface ProgrammeContext {
  readonly stage: Stage
  readonly setting: Setting
  /** What was seen so far: the device's connections and the harness, in order, on the run's clock. `header`: of the step's device. */
  events(header: EvidenceHeader): Promise<readonly Event[]>
  begun(step: DeviceStep): void
  /** The device is there. */
  there(): void
  ended(outcome: StepOutcome): void
}

/** Plays the steps one after the other. What is left when somebody stops it is not played; it never throws. */
export async function playProgramme(
  steps: readonly DeviceStep[],
  context: ProgrammeContext,
): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = []
  let gone: string | undefined
  for (const [index, step] of steps.entries()) {
    const outcome: StepOutcome = gone === undefined ? await playStep(step, index, context) : without(step, gone)
    gone ??= outcome.scene ? outcome.drowned : absence(context.stage)
    outcomes.push(outcome)
    context.ended(outcome)
    if (context.stage.stopped) break
  }
  return outcomes
}

const without = (step: DeviceStep, why: string): StepOutcome => ({
  step,
  result: 'not tested',
  remarks: untested(why),
  scene: undefined,
})

async function playStep(step: DeviceStep, index: number, context: ProgrammeContext): Promise<StepOutcome> {
  const { stage } = context
  const fault = `${step.name}#${index}`
  let fromMs: number | undefined
  try {
    context.begun(step)
    if (!(await stage.ready('waiting for the device', stage.limits.waitMs))) return without(step, absence(stage))
    context.there()
    fromMs = stage.nowMs
    const { remarks, drowned } = await judged(step, fault, fromMs, context)
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

async function judged(step: DeviceStep, fault: string, fromMs: number, context: ProgrammeContext): Promise<Excused> {
  const { stage, setting } = context
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
  const events = await context.events(header)
  const scene: Scene = { header, events, fromMs, toMs, fault, conn: line.conn, terms, limits }
  if (!('untested' in played)) return excused(step.judge({ ...scene, conn: played.conn }), scene)
  const failed = silent(scene, lineUnderTest(scene))
  return excused(failed ? [failed] : untested(played.untested), scene)
}

/** Why there is no device to test, from what came instead. */
function absence({ roster, limits }: Pick<Stage, 'roster' | 'limits'>): string {
  const waited = formatMs(limits.waitMs)
  if (roster.device) {
    const others =
      roster.others.length === 0
        ? ''
        : `; meanwhile came ${listed(roster.others)}: give a changing client id as --client-id 'PREFIX*'`
    return `the device was not back within ${waited}${others}`
  }
  const { lines } = roster
  if (lines.length === 0) return `no device connected within ${waited}`
  const opened = `${plural(lines.length, 'connection')} came within ${waited}`
  const refused = lines.findLast(({ refusedCode }) => refusedCode !== undefined)
  if (refused)
    return `${opened}, but the broker refused the CONNECT with code ${refused.refusedCode}${hint(refused.terms.protocol, refused.refusedCode)}`
  const garbled = lines.findLast(({ undecoded }) => undecoded.size > 0)
  if (garbled)
    return `${opened}, but not with MQTT: ${[...garbled.undecoded.values()][0]}; a broker that speaks TLS is mqtts://host:port`
  const wrapped = lines.some(({ webSocket }) => webSocket) ? ' over a WebSocket' : ''
  if (lines.every(({ connect }) => !connect)) return `${opened}${wrapped}, but without a CONNECT`
  if (lines.some(({ accepted }) => accepted))
    return `${opened}, but none with the client id that was named: ${listed(lines.flatMap(({ connect }) => connect?.clientId ?? []))}`
  return `${opened}, but the broker answered no CONNECT`
}

/** CONNACK 1 of 3.1.1, and what MQTT 5 servers say (0x84): the version. */
const hint = (protocol: 4 | 5, code: number | undefined): string =>
  protocol === 5 && (code === 1 || code === 0x84)
    ? ', since it speaks no MQTT 5.0: use --broker mosquitto, or one of your own'
    : ''

const listed = (names: readonly string[]): string => [...new Set(names)].map(name => `'${name}'`).join(', ')

/**
 * What halfopen's own standstill, or a flood of the broker, may have made of a step: by either a good device may be cut off, be late, or
 * look as if it were. So no device fails a step in which they were; the step can't tell.
 */

/** A loss is put down to standstills of this part of K together, as for scenarios (judge/uncertainty.ts); of a long K to so much. */
const STILL_K = 1 / 4
const STILL_MS = 500
/** So many packets in one second of a broker take all of the link's time. */
const TORRENT = 5000

interface Excused {
  readonly remarks: readonly Remark[]
  /** Why no other step is worth its time: the record of such a flood alone takes minutes to read. */
  readonly drowned?: string
}

/** The remarks with what befell the step besides. */
export function excused(remarks: readonly Remark[], scene: Scene): Excused {
  const floods = floodsOfStep(scene)
  const ofBroker = floods.filter(({ by }) => by === 'broker')
  const doubts = [...ofBroker.slice(0, 1).map(({ text }) => text), ...standstill(scene)]
  const weighed =
    doubts.length === 0 ? remarks : remarks.map(each => (each.result === 'fail' ? excuse(each, doubts) : each))
  const torrent = ofBroker.find(({ peak }) => peak > TORRENT)
  const told = floods.map(({ text, peak, by }): Remark => {
    const isTorrent = by === 'broker' && peak > TORRENT
    return isTorrent
      ? { result: 'inconclusive', text: `${text}: beside it nothing can be told of the device` }
      : { result: 'note', text }
  })
  return {
    remarks: [...weighed, ...told],
    ...(torrent && { drowned: `the broker floods: ${torrent.peak} packets in one second` }),
  }
}

/** Without its advice: it may need none. */
const excuse = ({ text }: Remark, doubts: readonly string[]): Remark => ({
  result: 'inconclusive',
  text: `${doubts.join('; ')}, which may have caused this: ${text}`,
})

function standstill({ events, fromMs, toMs, terms }: Scene): readonly string[] {
  const kMs = keepaliveMs(terms)
  const forMs = stoodStillMs(standstillsOf(events), 'link', fromMs, toMs)
  const least = kMs === 0 ? STILL_MS : Math.min(STILL_MS, STILL_K * kMs)
  if (forMs >= least) return [`halfopen's link stood still for ${seconds(forMs)} in this step`]
  // A standstill of before the step leaves behind what is noticed in it.
  const inStep = events.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  // Not by Math.max of all: a flood has more events than a call may have arguments.
  const lateMs = inStep.reduce((most, { lateMs: own = 0 }) => Math.max(most, own), 0)
  return lateMs < least ? [] : [`halfopen's link noticed things up to ${seconds(lateMs)} late in this step`]
}

/** Their dates count from the step's beginning. */
function floodsOfStep({ header, events, fromMs, toMs }: Scene): readonly Flood[] {
  const inStep = events.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  const floods = floodsIn({ header, events: inStep.map(event => ({ ...event, atMs: event.atMs - fromMs })) })
  return floods.map(flood => ({ ...flood, text: ofDevice(flood.text) }))
}

/** What would be played with this keep-alive, and how long it takes at the longest. */
export function planText(steps: readonly DeviceStep[], limits: Limits, keepaliveS: number, width: number): string {
  const columns = Math.max(...steps.map(({ name }) => name.length))
  const times = steps.map(step => Math.ceil(step.longestMs(limits, keepaliveS * 1000) / 1000))
  const row = (name: string, s: number, text: string) =>
    hang(`  ${name.padEnd(columns)}  ${minutes(s).padStart(6)}  `, text, width)
  const total = times.reduce((sum, time) => sum + time, 0)
  const back = `and up to ${minutes(limits.backMs / 1000)} each for the device to come back`
  return [
    `The programme at K = ${keepaliveS} s, and how long it takes at the longest, in minutes:`,
    '',
    ...steps.map(({ name, summary }, i) => row(name, times[i] ?? 0, summary)),
    '',
    row('together', total, back),
    '',
  ].join('\n')
}

/** `1:05`. */
const minutes = (s: number): string => `${Math.floor(s / 60)}:${String(Math.round(s % 60)).padStart(2, '0')}`

/** Where and with what a programme is played. */
export interface Setting {
  /** Version of this package. */
  readonly halfopen: string
  readonly broker: PeerVersion
  /** ISO 8601. */
  readonly started: string
  /** How exactly events are dated here, in milliseconds. */
  readonly resolutionMs: number
}

/** Nobody yet: of an evidence file without any device in it. */
const NOBODY = { declaredS: 0, protocol: 4 } as const

export const headerOf = (
  { halfopen, broker, started, resolutionMs }: Setting,
  terms: Pick<Terms, 'declaredS' | 'protocol'> = NOBODY,
  untilMs = 0,
): EvidenceHeader => ({
  evidence: 1,
  halfopen,
  node: process.version,
  lab: 'device',
  labResolutionMs: resolutionMs,
  link: 'embedded',
  broker,
  client: { name: 'device', version: 'unknown' },
  seed: 0,
  started,
  scenario: scenarioOf(terms, broker.name, untilMs),
})
