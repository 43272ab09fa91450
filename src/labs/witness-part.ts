/** The witness in a process of its own: the will's arrival is dated there. */

import type { Channel, HostedPart, PartHost } from '../hosts/part.ts'
import type { WillSummary } from '../model/event.ts'
import type { Message } from '../peers/clients/client.ts'
import { revived } from '../peers/clients/client-part.ts'
import { loadModule, resolveModule } from '../peers/clients/mqttjs/mqtt-module.ts'
import { startWitness, type WitnessContext } from './mqttjs-witness.ts'

export type WitnessArgs = Omit<WitnessContext, 'record' | 'dial' | 'load' | 'clock'>

export const preload = async (): Promise<void> => void (await loadModule(resolveModule(undefined, process.cwd())))

export async function openPart(args: WitnessArgs, _host: PartHost, channel: Channel | undefined): Promise<HostedPart> {
  if (!channel) throw new Error('a witness belongs to one run')
  const witness = await startWitness({ ...args, record: channel.record, clock: channel.clock })
  return {
    reply: undefined,
    methods: {
      publish: (message: Message, seq: number) => witness.publish(revived(message), seq),
      watch: (device: number, will: WillSummary) => witness.watch(device, will),
    },
    [Symbol.asyncDispose]: () => witness[Symbol.asyncDispose](),
  }
}
