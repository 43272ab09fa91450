import type { Clock } from '../clock/clock.ts'
import type { Record } from '../clock/kit.ts'
import type { Event } from '../model/event.ts'
import { type Connections, connections } from './connections.ts'

export interface Recorder {
  readonly record: Record
  readonly connections: Connections
  /** Hears of each event as it is recorded, dated on the run's clock. */
  observe(listener: (event: Event) => void): void
  /** Records `ended`. What comes later is the clearing up and no evidence, except for the harness's own troubles. */
  end(): void
  /** Everything, in order, dated from `zeroMs` of the run's clock. */
  evidence(zeroMs: number): readonly Event[]
}

/**
 * The one record of a run. Every event is dated on one clock: as it is recorded, unless whoever tells it knows better. What
 * `keep` says no to is observed, but is no part of the evidence. `alone`: there is only one client under test.
 */
export function recorder(
  clock: Clock,
  runId: string,
  keep?: (event: Event) => boolean,
  alone: boolean = false,
): Recorder {
  const events: Event[] = []
  const listeners: ((event: Event) => void)[] = []
  const placing = connections(runId, alone)
  let endedAtMs: number | undefined

  const record: Record = body => {
    if (endedAtMs !== undefined && body.what !== 'trouble') return
    const event: Event = { atMs: clock.nowMs(), ...body, ...(endedAtMs !== undefined && { atMs: endedAtMs }) }
    if (!keep || keep(event)) events.push(event)
    placing.see(event)
    for (const listener of listeners) listener(event)
  }

  return {
    record,
    connections: placing,
    observe: listener => void listeners.push(listener),
    end() {
      endedAtMs ??= clock.nowMs()
    },
    evidence(zeroMs) {
      const last: Event = { atMs: endedAtMs ?? clock.nowMs(), who: 'harness', what: 'ended' }
      const inOrder = events.toSorted((one, other) => one.atMs - other.atMs)
      return [...inOrder, last].map(event => placing.place(event, toMicroseconds(event.atMs - zeroMs)))
    },
  }
}

/** More digits would only be noise of the subtraction. */
const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000
