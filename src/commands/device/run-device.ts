import type { Clock } from '../../clock/clock.ts'
import { here } from '../../clock/here.ts'
import { isReal } from '../../clock/real.ts'
import { type Recorder, recorder } from '../../engine/recorder.ts'
import { recordThread } from '../../engine/standing.ts'
import type { Entrance } from '../../link/pipe/relay.ts'
import type { Event } from '../../model/event.ts'
import type { EventStream, Evidence } from '../../model/evidence.ts'
import type { Limits } from './device-limits.ts'
import { Stage, type Waiting } from './device-stage.ts'
import { Gate } from './gate.ts'
import { headerOf, playProgramme, type Setting, type StepOutcome } from './programme.ts'
import { type DeviceSubject, Roster, subjectOf } from './roster.ts'
import type { DeviceStep } from './step.ts'

/** Who watches a programme. */
export interface Watcher {
  waiting(waiting: Waiting): void
  begun(step: DeviceStep): void
  /** Once, when there is somebody to test. */
  arrived(subject: DeviceSubject): void
  ended(outcome: StepOutcome): void
  /** Once for each other client that comes through the link. */
  stranger(clientId: string): void
}

export interface DeviceOrder {
  readonly clock: Clock
  readonly setting: Setting
  readonly limits: Limits
  readonly steps: readonly DeviceStep[]
  /** See `RosterContext`. */
  readonly clientId?: string
  readonly tls: boolean
  readonly signal: AbortSignal
  /** See `StageContext`. */
  readonly suspend?: (stopped: boolean) => void
  readonly watcher: Watcher
  readonly random: () => number
  /** One way, each way: 0 where the network has its own. */
  readonly latencyMs?: number
  /** Where events go to that are more than memory holds. */
  readonly folder?: string
  /** Lets the device in; what it returns keeps it out again. */
  plug(entrance: Entrance): Promise<AsyncDisposable>
  /** Into the simulation where there is one. */
  enter?<T>(act: () => T): T
}

export interface DeviceRun {
  readonly outcomes: readonly StepOutcome[]
  /** Absent where none ever connected. */
  readonly subject: DeviceSubject | undefined
  readonly strangers: readonly string[]
  /** Dated from the device's first CONNACK. */
  readonly evidence: Evidence
  /** The first CONNACK on the clock that outcomes are dated by. */
  readonly zeroMs: number
  readonly stopped: boolean
}

/** Takes the device through the steps. Everything that it started is gone when it returns. Rejects only where `plug` does. */
export async function runDevice(order: DeviceOrder): Promise<DeviceRun> {
  const { clock, setting, watcher, enter = act => act() } = order
  const log = recorder(clock, 'device', { folder: order.folder, ...(isReal(clock) && { late: here.lateMs }) })
  const kit = { clock, record: log.record, random: order.random, runId: 'device' }
  const gate = new Gate(kit, { latencyMs: order.latencyMs ?? 0, jitterMs: 0 })
  const named = order.clientId === undefined ? {} : { clientId: order.clientId }
  const roster = new Roster({ ...named, tls: order.tls, addressOf: conn => gate.addressOf(conn) })
  const stage = stageOn(order, log, gate, roster)
  announceStrangers(log, roster, watcher)
  // The link lives in this thread, and the device elsewhere.
  const unwatch = isReal(clock) ? recordThread(clock, log.record, () => 'link') : () => {}
  let outcomes: readonly StepOutcome[]
  try {
    await using _link = await order.plug(gate)
    outcomes = await playProgramme(order.steps, {
      stage,
      setting,
      events: async header => {
        const { events } = await log.evidence(0, header)
        return events.filter(event => event.who === 'harness' || roster.belongs(event.conn))
      },
      begun: step => watcher.begun(step),
      there: once(() => whenDefined(subjectOf(roster, gate), subject => watcher.arrived(subject))),
      ended: outcome => watcher.ended(outcome),
    })
    // What the device does while the link is taken away is no evidence.
    log.end()
  } finally {
    unwatch()
    enter(() => gate.dispose())
  }
  const strangers = roster.others
  return {
    outcomes,
    subject: subjectOf(roster, gate),
    strangers,
    ...(await evidenceOf(log, roster, order)),
    stopped: stage.stopped,
  }
}

/** The link's orders are given inside the simulation, where there is one. */
function stageOn(order: DeviceOrder, log: Recorder, gate: Gate, roster: Roster): Stage {
  const { clock, limits, signal, watcher, suspend, enter = act => act() } = order
  return new Stage({
    clock,
    record: log.record,
    observe: log.observe,
    gate: {
      order: (link, fault) => enter(() => gate.order(link, fault)),
      cut: (conn, how) => enter(() => gate.cut(conn, how)),
      refuse: (how, fault) => gate.refuse(how, fault),
      say: (conn, bytes, inside) => enter(() => gate.say(conn, bytes, inside)),
      editConnack: edit => gate.editConnack(edit),
    },
    roster,
    limits,
    signal,
    ...(suspend && { suspend }),
    tell: waiting => watcher.waiting(waiting),
  })
}

async function evidenceOf(
  log: Recorder,
  roster: Roster,
  { clock, setting }: DeviceOrder,
): Promise<Pick<DeviceRun, 'evidence' | 'zeroMs'>> {
  const { first } = roster
  const zeroMs = first?.connackMs ?? first?.openedMs ?? 0
  const header = headerOf(setting, first?.accepted ? first.terms : undefined, Math.round(clock.nowMs() - zeroMs))
  const mark = (event: Event): Event => (roster.belongs(event.conn) ? { ...event, device: 1 } : event)
  const { events, whole } = await log.evidence(zeroMs, header)
  const evidence: Evidence = { header, events: events.map(mark), ...(whole && { whole: marked(whole, mark) }) }
  return { zeroMs, evidence }
}

const marked = (whole: EventStream, mark: (event: Event) => Event): EventStream => ({
  ...whole,
  async *slices() {
    for await (const slice of whole.slices()) yield slice.map(mark)
  },
})

function announceStrangers(log: Recorder, roster: Roster, watcher: Watcher): void {
  let named = 0
  log.observe(event => {
    if (event.what !== 'packet' || event.packet.cmd !== 'connect') return
    const { others } = roster
    for (; named < others.length; named++) watcher.stranger(others[named] ?? '')
  })
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

const whenDefined = <T>(value: T | undefined, act: (value: T) => void): void => {
  if (value !== undefined) act(value)
}
