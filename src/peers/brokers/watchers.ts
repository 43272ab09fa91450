import { type Clock, dated } from '../../clock/clock.ts'
import type { Record } from '../../clock/kit.ts'
import { isReal, type MachineDate, onClock, realClock } from '../../clock/real.ts'
import type { PeerEvent } from '../../model/event.ts'

/** What a broker tells of one client, or of itself: it has just happened, or at most `lateMs` before. */
export type News = Pick<PeerEvent, 'what'> & { readonly note?: string; readonly lateMs?: number }

export interface Watchers {
  /** `clock`: the run's, where news may have been seen at another time than now. */
  watch(clientIdPrefix: string, record: Record, clock?: Clock): () => void
  /** To the runs that this client belongs to. */
  tell(clientId: string, news: News, seen?: MachineDate): void
  /** To every run that uses this broker: its process was frozen, killed, exited. */
  tellAll(news: News): void
  /** To every run that uses this broker: nothing more is known of it. */
  trouble(note: string): void
}

/**
 * Who wants to hear of which clients. A client id is the run's prefix and then the device's number
 * (peers/clients/client-identity.ts), so news of a client can be placed in its fleet without further knowledge.
 */
export function watchers(): Watchers {
  const watches = new Set<{ readonly prefix: string; readonly record: Record; readonly clock: Clock | undefined }>()
  return {
    watch(prefix, record, clock) {
      const entry = { prefix, record, clock }
      watches.add(entry)
      return () => watches.delete(entry)
    },
    tell(clientId, news, seen) {
      for (const { prefix, record, clock } of watches)
        if (clientId.startsWith(prefix))
          record({ who: 'broker', ...news, ...dateOn(clock, seen), ...placed(clientId.slice(prefix.length)) })
    },
    tellAll(news) {
      for (const { record } of watches) {
        record({ who: 'broker', ...news })
        if (news.what === 'exited' && TOLD_TO_END.has(news.note ?? '')) record(endedByOthers(news))
      }
    },
    trouble(note) {
      for (const { record } of watches) record({ who: 'harness', what: 'trouble', note, passing: true })
    },
  }
}

const dateOn = (clock: Clock | undefined, seen: MachineDate | undefined) =>
  seen && clock && isReal(clock) ? onClock(clock, seen) : {}

/**
 * How a program ends that somebody tells to end: by a signal that no crash raises (signal(7)), or in order, as brokers do at SIGTERM, and
 * a JVM.
 */
const TOLD_TO_END: ReadonlySet<string> = new Set([
  'SIGKILL',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'exit code 0',
  'exit code 130',
  'exit code 143',
])

/** It is not the broker's doing: a person's, another program's, or the kernel's for want of memory. */
const endedByOthers = ({ note }: News) =>
  ({
    who: 'harness',
    what: 'trouble',
    note: `the broker's process was ended (${note}), and not by the scenario`,
    passing: true,
  }) as const

const clock = realClock()

/** Does something to a broker's process and tells it: it happened between the asking and the answer. */
export async function doAndTell(
  tell: Watchers['tellAll'],
  what: News['what'],
  act: () => Promise<unknown>,
): Promise<void> {
  const { lateMs } = await dated(clock, act)
  tell({ what, lateMs })
}

const placed = (rest: string): { device?: number } => (/^[1-9]\d*$/.test(rest) ? { device: Number(rest) } : {})
