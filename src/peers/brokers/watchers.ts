import { dated } from '../../clock/clock.ts'
import type { Record } from '../../clock/kit.ts'
import { realClock } from '../../clock/real.ts'
import type { PeerEvent } from '../../model/event.ts'

/** What a broker tells of one client, or of itself: it has just happened, or at most `lateMs` before. */
export type News = Pick<PeerEvent, 'what'> & { readonly note?: string; readonly lateMs?: number }

export interface Watchers {
  watch(clientIdPrefix: string, record: Record): () => void
  /** To the runs that this client belongs to. */
  tell(clientId: string, news: News): void
  /** To every run that uses this broker: its process was frozen, killed, exited. */
  tellAll(news: News): void
}

/**
 * Who wants to hear of which clients. A client id is the run's prefix and then the device's number
 * (peers/clients/client-identity.ts), so news of a client can be placed in its fleet without further knowledge.
 */
export function watchers(): Watchers {
  const watches = new Set<{ readonly prefix: string; readonly record: Record }>()
  return {
    watch(prefix, record) {
      const entry = { prefix, record }
      watches.add(entry)
      return () => watches.delete(entry)
    },
    tell(clientId, news) {
      for (const { prefix, record } of watches) {
        if (clientId.startsWith(prefix)) record({ who: 'broker', ...news, ...placed(clientId.slice(prefix.length)) })
      }
    },
    tellAll(news) {
      for (const { record } of watches) {
        record({ who: 'broker', ...news })
        if (news.what === 'exited' && TOLD_TO_END.has(news.note ?? '')) record(endedByOthers(news))
      }
    },
  }
}

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
