/** A broker of ours in a process of its kind. Several runs may use it. */

import type { ChannelOrder, HostedPart, PartHost } from '../../hosts/part.ts'
import { resident } from '../../hosts/resident.ts'
import type { Address } from '../../link/kinds/link.ts'
import type { Access } from '../reach/access.ts'
import type { BrokerKind } from './broker.ts'

export interface BrokerArgs {
  readonly home: string
  readonly name: string
  readonly options: unknown
}

export interface BrokerReply {
  readonly version: string
  readonly family?: string
  readonly address: Address
  readonly access?: Access
}

export async function preload({ home, name }: Pick<BrokerArgs, 'home' | 'name'>): Promise<void> {
  const kind = await resident<BrokerKind>(home, name)
  await kind.preload?.()
}

export async function openPart({ home, name, options }: BrokerArgs, host: PartHost): Promise<HostedPart> {
  const kind = await resident<BrokerKind>(home, name)
  const broker = await kind.start(options)
  const watches = new Map<number, () => void>()
  const { version, family, address, access } = broker
  const reply: BrokerReply = { version, address, ...(family !== undefined && { family }), ...(access && { access }) }
  return {
    reply,
    methods: {
      watch(order: ChannelOrder, clientIdPrefix: string) {
        watches.set(order.id, broker.watch(clientIdPrefix, host.channel(order).record))
      },
      unwatch(id: number) {
        watches.get(id)?.()
        watches.delete(id)
      },
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}
