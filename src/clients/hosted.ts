import type { Kit } from '../clock/kit.ts'
import { isReal } from '../clock/real.ts'
import { built, openPart, type Part, prepareHost } from '../hosts/host.ts'
import { blame } from '../model/blame.ts'
import type { ClientKind, ClientSeat, StartedClient } from './client.ts'
import type { ClientArgs } from './client-part.ts'

const PART = new URL('./client-part.ts', import.meta.url).href

/** Starts the client in a process of its kind; here, where it is a program of its own or needs a network that is no other process's. */
export async function startHosted(kind: ClientKind, seat: ClientSeat, { clock, record }: Kit): Promise<StartedClient> {
  const { home } = kind
  if (home === undefined || seat.dial || !isReal(clock)) return kind.start(seat)
  const { record: told, enter, load, dial, clock: own, ...given } = seat
  const part: Part<boolean> = await openPart<boolean>({
    host: hostOf(kind, seat.options),
    module: PART,
    args: { ...given, home: built(home), name: kind.name } satisfies ClientArgs,
    listener: { clock, record: event => (event.who === 'client' ? told : record)(event), of: 'client' },
  }).catch(error => blame('client', kind, error))
  return {
    ...(part.reply && {
      publish: (message, seq) => {
        part
          .call('publish', message, seq)
          .catch(error => told({ who: 'harness', what: 'trouble', note: error.message }))
      },
    }),
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  }
}

/** Has the process of such clients ready. */
export async function prepareClient(kind: ClientKind, options: unknown): Promise<void> {
  const { home, name } = kind
  if (home !== undefined) await prepareHost(hostOf(kind, options), PART, { home: built(home), name, options })
}

/** Clients that share code share a process. */
const hostOf = ({ name, from, shares }: ClientKind, options: unknown): string =>
  ['client', name, from === undefined ? '' : `of ${from}`, shares?.(options) ?? ''].filter(Boolean).join(' ')
