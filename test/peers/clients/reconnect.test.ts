import type { Client, ConnectPacket } from 'aedes'
import { describe, it, vi } from 'vitest'
import { realClock } from '../../../src/clock/real.ts'
import type { EventBody } from '../../../src/model/event.ts'
import { aedesCore } from '../../../src/peers/brokers/aedes.ts'
import { serve } from '../../../src/peers/brokers/serve.ts'
import type { ClientContext, ClientKind } from '../../../src/peers/clients/client.ts'
import { clients } from '../../../src/peers/clients/index.ts'
import { lackOf, titled } from '../../needs.ts'

/** The bundled drivers that the broker of this suite can speak with. */
const drivers = [...clients.values()].filter(
  ({ recipe, dialect, protocols = [4, 5] }) => recipe && dialect === undefined && protocols.includes(4),
)
const lacking = await Promise.all(drivers.map(async kind => ({ kind, lack: lackOf(await kind.available({})) })))
const clock = realClock()

/** Each library has its own patience before it comes back: 1 s for most, some seconds for Paho C. A busy machine adds to that. */
const PATIENCE_MS = 60_000
const AWAY_MS = 2500

/** Whether it came back after its connection was cut. */
async function comesBack(kind: ClientKind, reconnect: boolean): Promise<boolean> {
  let cut = () => {}
  const core = await aedesCore({
    preConnect(client: Client, _packet: ConnectPacket, callback: (error: null, go: boolean) => void) {
      cut = () => client.conn.destroy()
      callback(null, true)
    },
  })
  await using broker = await serve(core)
  const brokerTold: EventBody[] = []
  broker.watch('ho-r-', event => brokerTold.push(event))
  const connected = () => brokerTold.filter(({ what }) => what === 'client-connected').length
  const context: ClientContext = {
    record: () => {},
    options: kind.options.parse({ reconnect }),
    address: broker.address,
    clientId: 'ho-r-1',
    keepaliveS: 20,
    protocol: 4,
    will: { topic: 'halfopen/r/1/will', qos: 1, payload: Buffer.from('gone') },
  }
  await using _client = await kind.start(context)
  await vi.waitUntil(() => connected() > 0, { timeout: PATIENCE_MS })
  cut()
  const endMs = clock.nowMs() + (reconnect ? PATIENCE_MS : AWAY_MS)
  while (connected() < 2 && clock.nowMs() < endMs) await clock.advanceTo(clock.nowMs() + 50)
  return connected() > 1
}

describe.concurrent.each(lacking)('the driver $kind.name', ({ kind, lack }) => {
  it.skipIf(lack)(titled('comes back where it is told so, and else stays away', lack), async ({ expect }) => {
    expect(await Promise.all([true, false].map(reconnect => comesBack(kind, reconnect)))).toEqual([true, false])
  })
})
