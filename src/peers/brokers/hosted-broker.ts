import { isReal } from '../../clock/real.ts'
import { openPart, prepareHost } from '../../hosts/host.ts'
import { prepareLogs } from '../../hosts/program-log.ts'
import { built } from '../../model/package.ts'
import { blame } from '../../model/plugin.ts'
import type { BrokerKind, StartContext, StartedBroker } from './broker.ts'
import type { BrokerArgs, BrokerReply } from './broker-part.ts'

const PART = new URL('./broker-part.ts', import.meta.url).href
const hostOf = ({ name, from }: BrokerKind): string => `broker ${name}${from === undefined ? '' : ` of ${from}`}`

/** Has the process of such brokers ready. */
export async function prepareBroker(kind: BrokerKind, speed?: number): Promise<void> {
  const { home, name } = kind
  if (home !== undefined) await prepareHost(hostOf(kind), PART, { home: built(home), name }, speed)
  else if (kind.executable) await prepareLogs()
}

/** In which time a broker is to live, where not in the machine's: at which speed, and where its program is for that. */
export interface BrokerTime {
  readonly speed: number
  readonly within: StartContext
}

/** Starts the broker in the process of its kind, or in one of its `own` name, so that its clock can be set; here, where it is a program of its own. */
export async function startHosted(
  kind: BrokerKind,
  options: unknown,
  time?: BrokerTime,
  own?: string,
): Promise<StartedBroker> {
  if (kind.home === undefined) return kind.start(options, time?.within)
  const part = await openPart<BrokerReply>({
    host: own === undefined ? hostOf(kind) : `${hostOf(kind)} ${own}`,
    alone: own !== undefined,
    module: PART,
    ...(time && { speed: time.speed }),
    args: { home: built(kind.home), name: kind.name, options } satisfies BrokerArgs,
  }).catch(error => blame('broker', kind, error))
  return {
    ...part.reply,
    ...(time && { step: (byMs: number) => part.step(byMs, false) }),
    watch(clientIdPrefix, record, clock) {
      if (!clock || !isReal(clock)) throw new Error('a broker in a process of its own lives in real time')
      const trouble = (error: Error) => record({ who: 'harness', what: 'trouble', note: error.message })
      let id = 0
      const stop = part.listen({ clock, record, of: 'broker' }, order => {
        id = order.id
        part.call('watch', order, clientIdPrefix).catch(trouble)
      })
      return () => {
        stop()
        // The run is over: that its broker has ended meanwhile is its own lab's concern.
        part.call('unwatch', id).catch(() => {})
      }
    },
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  }
}
