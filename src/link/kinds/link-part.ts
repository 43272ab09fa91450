/** A link in the process that dates what passes and does nothing else. */
import type { Cancel } from '../../clock/clock.ts'
import { type Kit, type RawFiles, seededRandom } from '../../clock/kit.ts'
import type { Channel, HostedPart, PartHost } from '../../hosts/part.ts'
import { resident } from '../../hosts/resident.ts'
import type { Address, LinkContext, LinkKind, StartedLink } from './link.ts'

export interface LinkArgs extends Omit<LinkContext, 'kit'> {
  readonly home: string
  readonly name: string
  readonly runId: string
  readonly seed: number
  readonly raw?: RawFiles
}

/** What is told of a link that has started. */
export interface LinkReply {
  readonly address: Address
  readonly ca?: string
}

export const preload = async ({ home, name }: Pick<LinkArgs, 'home' | 'name'>): Promise<void> =>
  void (await resident<LinkKind>(home, name))

export async function openPart(
  { home, name, runId, seed, raw, ...context }: LinkArgs,
  _host: PartHost,
  channel: Channel | undefined,
): Promise<HostedPart> {
  if (!channel) throw new Error('a link belongs to one run')
  const kind = await resident<LinkKind>(home, name)
  const kit: Kit = { ...channel, random: seededRandom(seed), runId, ...(raw && { raw }) }
  const link = await kind.start({ ...context, kit })
  const waiting = new Set<Cancel>()
  const orderAt: NonNullable<StartedLink['orderAt']> = (order, fault, atMs) =>
    new Promise((resolve, reject) => {
      const cancel = kit.clock.at(atMs, () => {
        waiting.delete(cancel)
        link.order(order, fault).then(resolve, reject)
      })
      waiting.add(cancel)
    })
  return {
    reply: { address: link.address, ...(link.ca !== undefined && { ca: link.ca }) } satisfies LinkReply,
    methods: { order: link.order, orderAt, ...(link.door && { door: link.door }) },
    [Symbol.asyncDispose]() {
      for (const cancel of waiting) cancel()
      return link[Symbol.asyncDispose]()
    },
  }
}
