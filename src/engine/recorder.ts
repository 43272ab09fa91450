import { tmpdir } from 'node:os'
import type { Clock } from '../clock/clock.ts'
import type { Record, Recorded } from '../clock/kit.ts'
import { EventLog } from '../evidence/event-log.ts'
import type { Event } from '../model/event.ts'
import type { Evidence, EvidenceHeader } from '../model/evidence.ts'
import { type Connections, connections } from './connections.ts'

/** Below it a date is as good as the lab's resolution. */
const LATE_MS = 1

export interface Recorder {
  readonly record: Record
  readonly connections: Connections
  /** How many events are in memory. */
  readonly inMemory: number
  /** Hears of each event as it is recorded, dated on the run's clock. */
  observe(listener: (event: Event) => void): void
  /**
   * Records `ended`, at `dueMs` where that is given and over. What happens later is the clearing up and no evidence, except for the
   * harness's own troubles; what another thread saw before may still come. A busy machine ends a run later than it is due, and what
   * befell the peers in the meantime is no evidence either: no window of the scenario was written for it.
   */
  end(dueMs?: number): void
  /** Everything so far, in order, dated from `zeroMs` of the run's clock. `header`: of the run that it is the evidence of. */
  evidence(zeroMs: number, header: Pick<EvidenceHeader, 'scenario'>): Promise<Pick<Evidence, 'events' | 'whole'>>
}

export interface RecorderOptions {
  /** What it says no to is observed, but is no part of the evidence. */
  readonly keep?: ((event: Event) => boolean) | undefined
  /** There is only one client under test. */
  readonly alone?: boolean
  /** How late this thread may notice what other parties do; absent: not at all, as in virtual time. */
  readonly late?: () => number
  /** Where events go to that are more than memory holds; the system's folder for such things where absent, or where it can't be written to. */
  readonly folder?: string | undefined
}

/** The one record of a run. Every event is dated on one clock: as it is recorded, unless another party knows the date better. */
export function recorder(
  clock: Clock,
  runId: string,
  { keep, alone = false, late = () => 0, folder }: RecorderOptions = {},
): Recorder {
  const events = new EventLog({ folders: [...(folder === undefined ? [] : [folder]), tmpdir()] })
  const listeners: ((event: Event) => void)[] = []
  const placing = connections(runId, alone)
  let endedAtMs: number | undefined

  const record: Record = body => {
    const isLate = endedAtMs !== undefined && (body.atMs === undefined || body.atMs > endedAtMs)
    // Of a standstill that was on at the end one hears later, when it is over.
    const isStanding = body.what === 'stalled' || body.what === 'starved'
    if (isLate && body.what !== 'trouble' && !isStanding) return
    const event = dated(isLate && !isStanding ? ({ ...body, atMs: endedAtMs } as Recorded) : body)
    if (!keep || keep(event)) events.add(event)
    placing.see(event)
    for (const listener of listeners) listener(event)
  }

  /** What this thread notices of others it may notice late; what another thread saw is dated there. */
  const dated = ({ lateMs: said, atMs: date, ...event }: Recorded): Event => {
    const atMs = date ?? clock.nowMs()
    const lateMs = said ?? (date === undefined && event.who !== 'harness' ? late() : 0)
    return { atMs, ...event, ...(lateMs >= LATE_MS && { lateMs: tenths(lateMs) }) } as Event
  }

  return {
    record,
    connections: placing,
    get inMemory() {
      return events.inMemory
    },
    observe: listener => void listeners.push(listener),
    end(dueMs = Number.POSITIVE_INFINITY) {
      endedAtMs ??= Math.min(clock.nowMs(), dueMs)
    },
    evidence(zeroMs, header) {
      const endMs = endedAtMs ?? clock.nowMs()
      const last: Event = { atMs: endMs, who: 'harness', what: 'ended' }
      const place = (event: Event) => placing.place(event, toMicroseconds(event.atMs - zeroMs))
      const upToTheEnd = upTo(endMs)
      const placed = (event: Event) => {
        const during = upToTheEnd(event)
        return during && place(during)
      }
      return events.evidence(header, placed, [place(last)])
    },
  }
}

/** What began by then. A standstill is dated at its end, so one that was on is cut there; a trouble is kept whenever it came. */
const upTo =
  (endMs: number) =>
  (event: Event): Event | undefined => {
    const pastMs = event.atMs - endMs
    if (pastMs <= 0) return event
    if (event.what === 'trouble') return { ...event, atMs: endMs }
    if (event.what === 'stalled') return cut({ ...event, atMs: endMs, forMs: (event.forMs ?? 0) - pastMs })
    if (event.what !== 'starved') return undefined
    const overMs = event.overMs - pastMs
    return cut({ ...event, atMs: endMs, overMs, forMs: Math.min(event.forMs, overMs) })
  }

const cut = (event: Event & { readonly forMs: number }): Event | undefined => (event.forMs > 0 ? event : undefined)

/** Upwards: the interval must hold the truth. */
const tenths = (ms: number): number => Math.ceil(ms * 10) / 10

/** More digits would only be noise of the subtraction. */
const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000
