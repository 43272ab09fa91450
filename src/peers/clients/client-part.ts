/** A client of ours in a process of its kind. */

import type { Channel, HostedPart, PartHost } from '../../hosts/part.ts'
import { resident } from '../../hosts/resident.ts'
import type { ClientContext, ClientKind, Message } from './client.ts'

export interface ClientArgs extends Omit<ClientContext, 'record' | 'dial' | 'enter' | 'clock' | 'load' | 'faster'> {
  readonly home: string
  readonly name: string
}

export async function preload({ home, name, options }: Pick<ClientArgs, 'home' | 'name' | 'options'>): Promise<void> {
  const kind = await resident<ClientKind>(home, name)
  await kind.preload?.(options)
}

export async function openPart(
  { home, name, ...context }: ClientArgs,
  _host: PartHost,
  channel: Channel | undefined,
): Promise<HostedPart> {
  if (!channel) throw new Error('a client belongs to one run')
  const kind = await resident<ClientKind>(home, name)
  const client = await kind.start({
    ...context,
    will: revived(context.will),
    record: channel.record,
    clock: channel.clock,
  })
  return {
    reply: client.publish !== undefined,
    methods: { publish: (message: Message, seq: number) => client.publish?.(revived(message), seq) },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** A Buffer comes over a channel as the Uint8Array that it is. */
export const revived = <M extends Message>(message: M): M => ({ ...message, payload: Buffer.from(message.payload) })
