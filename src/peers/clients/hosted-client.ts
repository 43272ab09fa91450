import type { Kit } from '../../clock/kit.ts'
import { isReal } from '../../clock/real.ts'
import type { ClientSignal } from '../../faults/fault.ts'
import { type HostPart, openPart, prepareHost } from '../../hosts/host.ts'
import { built } from '../../model/package.ts'
import { blame } from '../../model/plugin.ts'
import type { ClientContext, ClientKind, StartedClient } from './client.ts'
import type { ClientArgs } from './client-part.ts'
import { Frozen, stopOrGo } from './program/frozen.ts'

const PART = new URL('./client-part.ts', import.meta.url).href

/**
 * Starts the client in a process of its kind, or in one of its own, so that it can be stopped; here, where it is a program of its own
 * or needs a network that is no other process's.
 */
export async function startHosted(
  kind: ClientKind,
  context: ClientContext,
  { clock, record }: Kit,
  alone = false,
): Promise<StartedClient> {
  const { home } = kind
  if (home === undefined || context.dial || !isReal(clock)) return kind.start(context)
  const { record: told, dateOf, enter, load, dial, clock: own, faster, ...given } = context
  const frozen = new Frozen(clock)
  const part: HostPart<boolean> = await openPart<boolean>({
    host: alone ? `${hostOf(kind, context.options)} ${context.clientId}` : hostOf(kind, context.options),
    alone,
    ...(context.faster && { speed: clock.speed }),
    module: PART,
    args: { ...given, home: built(home), name: kind.name } satisfies ClientArgs,
    listener: {
      clock,
      record: event => {
        if (event.who === 'client') told(event)
        else if (!frozen.explains(event)) record(event)
      },
      of: 'client',
    },
  }).catch(error => blame('client', kind, error))
  const signal = async (to: ClientSignal) => {
    if (to === 'freeze') frozen.begin()
    await stopOrGo(part.pid === undefined ? [] : [part.pid], to, name => part.signal(name))
    if (to === 'thaw') frozen.end()
    told({ who: 'client', what: to === 'freeze' ? 'frozen' : 'thawed' })
  }
  return {
    ...(alone && { signal }),
    ...(alone && context.faster && { step: (byMs: number) => part.step(byMs, false) }),
    ...(part.reply && {
      publish: (message, seq) => {
        part
          .call('publish', message, seq)
          .catch(error => told({ who: 'harness', what: 'trouble', note: error.message }))
      },
    }),
    async [Symbol.asyncDispose]() {
      // A stopped process would never answer.
      if (frozen.isNow) part.signal('SIGCONT')
      await part[Symbol.asyncDispose]()
    },
  }
}

/** Has the process of such clients ready. */
export async function prepareClient(kind: ClientKind, options: unknown, speed?: number): Promise<void> {
  const { home, name } = kind
  if (home !== undefined) await prepareHost(hostOf(kind, options), PART, { home: built(home), name, options }, speed)
}

/** Clients that share code share a process. */
const hostOf = ({ name, from, shares }: ClientKind, options: unknown): string =>
  ['client', name, from === undefined ? '' : `of ${from}`, shares?.(options) ?? ''].filter(Boolean).join(' ')
