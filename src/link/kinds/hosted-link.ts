import type { Dated } from '../../clock/clock.ts'
import { isReal } from '../../clock/real.ts'
import { type HostPart, openPart, prepareHost } from '../../hosts/host.ts'
import { built } from '../../model/package.ts'
import { blame } from '../../model/plugin.ts'
import type { Address, LinkContext, LinkKind, StartedLink } from './link.ts'
import type { LinkArgs, LinkReply } from './link-part.ts'

const PART = new URL('./link-part.ts', import.meta.url).href
const hostOf = ({ name, from }: LinkKind): string => `link ${name}${from === undefined ? '' : ` of ${from}`}`

/** Has the process of such links ready. */
export async function prepareLink(kind: LinkKind): Promise<void> {
  const { home, name } = kind
  if (home !== undefined) await prepareHost(hostOf(kind), PART, { home: built(home), name })
}

/** Starts the link in the process of its kind, or here where it can't leave this process. */
export async function startHosted(kind: LinkKind, context: LinkContext): Promise<StartedLink> {
  const { kit, ...given } = context
  const { clock } = kit
  if (kind.home === undefined || !isReal(clock)) return kind.start(context)
  const args: LinkArgs = {
    ...given,
    home: built(kind.home),
    name: kind.name,
    runId: kit.runId,
    seed: Math.floor(kit.random() * 2 ** 32),
    ...(kit.raw && { raw: kit.raw }),
  }
  const part: HostPart<LinkReply> = await openPart<LinkReply>({
    host: hostOf(kind),
    module: PART,
    args,
    listener: { clock, record: kit.record, of: 'link' },
  }).catch(error => blame('link', kind, error))
  return {
    ...part.reply,
    ...(kind.doors && { door: device => part.call<Address>('door', device) }),
    order: (order, fault) => part.call<Dated | undefined>('order', order, fault),
    orderAt: (order, fault, atMs) => part.call<Dated | undefined>('orderAt', order, fault, atMs),
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  }
}
