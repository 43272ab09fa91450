import { z } from 'zod'
import { aedesCore } from '../../src/peers/brokers/aedes.ts'
import type { BrokerKind } from '../../src/peers/brokers/broker.ts'
import { serve } from '../../src/peers/brokers/serve.ts'

/** An Aedes that takes every keep-alive for 0, which turns the mechanism off (MQTT 3.1.1 §3.1.2.10): it drops nobody. */
export const deafBroker: BrokerKind<object> = {
  name: 'deaf',
  summary: 'Aedes with its keep-alive switched off',
  options: z.strictObject({}),
  protocols: [4],
  can: new Set(),
  available: async () => true,
  version: async () => '1',
  start: async () =>
    serve(
      await aedesCore({
        preConnect(_client, packet, callback) {
          packet.keepalive = 0
          callback(null, true)
        },
      }),
    ),
}
