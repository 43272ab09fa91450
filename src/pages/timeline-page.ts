import { standstillsOf } from '../evidence/lateness.ts'
import { passagesOf } from '../evidence/passages.ts'
import { type Event, isPassing } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'
import { recordedClients, type Scenario } from '../model/scenario.ts'
import type { Verdict } from '../model/verdict.ts'
import { packEvents } from './packed-events.ts'
import type { FaultPage, TimelinePage } from './page-model.ts'

/** Devices of a fleet that are drawn: those that decided first. */
const MOST_DEVICES = 40
/** Events of one scenario on a page. */
const MOST_EVENTS = 20_000

/** What happened, as the page draws it: pure. */
export function timelinePage({ header, events, whole }: Evidence, { outcomes }: Verdict): TimelinePage {
  const { scenario } = header
  const device = outcomes.find(outcome => outcome.result === 'fail')?.device ?? outcomes[0]?.device ?? 1
  const shown = thinned(ofDevices(events, devicesShown(recordedClients(scenario.client), outcomes)))
  const count = whole?.count ?? events.length
  return {
    fromMs: Math.min(0, events[0]?.atMs ?? 0),
    toMs: Math.max(1, events.at(-1)?.atMs ?? 0),
    resolutionMs: header.labResolutionMs,
    events: packEvents(shown),
    passages: passagesOf(shown),
    faults: faultsOf(shown, scenario),
    standstills: standstillsOf(events),
    devices: recordedClients(scenario.client),
    device,
    ...(count > shown.length ? { of: count } : {}),
  }
}

function devicesShown(count: number, outcomes: Verdict['outcomes']): ReadonlySet<number> | undefined {
  if (count <= MOST_DEVICES) return undefined
  const worst = outcomes.flatMap(({ device }) => device ?? [])
  const first = Array.from({ length: MOST_DEVICES }, (_, i) => i + 1)
  return new Set([...worst, ...first].slice(0, MOST_DEVICES))
}

const ofDevices = (events: readonly Event[], shown: ReadonlySet<number> | undefined): readonly Event[] =>
  shown ? events.filter(({ device }) => device === undefined || shown.has(device)) : events

/** Of a storm every n-th packet, at both edges alike, and everything that is no packet. */
function thinned(events: readonly Event[]): readonly Event[] {
  if (events.length <= MOST_EVENTS) return events
  const passages = passagesOf(events)
  const stride = Math.ceil(events.filter(isPassing).length / MOST_EVENTS)
  const kept = new Set(passages.filter((_, i) => i % stride === 0).flat())
  return events.filter((event, i) => !isPassing(event) || kept.has(i))
}

/** Each time that a fault was in force; asked for and never held, it has no date to draw. */
function faultsOf(events: readonly Event[], { timeline }: Scenario): readonly FaultPage[] {
  const marks = events.filter(event => event.what.startsWith('fault-'))
  const lastOf = new Map(events.flatMap(({ who, conn, atMs }) => (who === 'link' ? [[conn ?? 1, atMs] as const] : [])))
  return marks.flatMap((held): readonly FaultPage[] => {
    if (held.what !== 'fault-held' || held.fault === undefined) return []
    const { fault, conn, atMs } = held
    const mark = (what: Event['what']) =>
      marks.find(event => event.what === what && 'fault' in event && event.fault === fault)?.atMs
    const touched = marks.find(
      event =>
        event.what === 'fault-touched' &&
        event.fault === fault &&
        (conn === undefined || event.conn === conn || event.conn === undefined),
    )
    const line = timeline[Number(fault.split('#')[1] ?? Number.NaN)]?.position.line
    return [
      {
        fault,
        askedMs: mark('fault-asked') ?? atMs,
        heldMs: atMs,
        touchedMs: touched?.atMs ?? null,
        liftedMs: mark('fault-lifted') ?? null,
        untilMs:
          mark('fault-lifted') ?? (conn === undefined ? undefined : lastOf.get(conn)) ?? events.at(-1)?.atMs ?? atMs,
        ...(line === undefined ? {} : { line }),
        ...(conn === undefined ? {} : { conn }),
      },
    ]
  })
}
