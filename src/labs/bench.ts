import { type BrokerKind, brokerKey, type StartedBroker } from '../brokers/broker.ts'
import type { ClientKind, StartedClient } from '../clients/client.ts'
import { clientIdPrefix } from '../clients/identity.ts'
import { seatOf } from '../clients/seat.ts'
import type { Kit } from '../clock/kit.ts'
import type { LinkOrder, Order } from '../faults/fault.ts'
import { sealOf } from '../links/access.ts'
import type { LinkKind } from '../links/link.ts'
import { resolveDuration } from '../model/duration.ts'
import type { PeerVersion } from '../model/evidence.ts'
import type { Scenario } from '../model/scenario.ts'
import { cleanup } from './cleanup.ts'
import type { Bench } from './lab.ts'
import { labelled } from './labelled.ts'
import { startWitness } from './mqttjs-witness.ts'
import type { Pool } from './pool.ts'

export interface BenchParts {
  readonly broker: BrokerKind
  readonly client: ClientKind
  readonly link: LinkKind
  readonly brokers: Pool<StartedBroker>
  /** Whether the scenario harms its broker, so that it must not be shared. */
  readonly ownBroker: boolean
  /** All that the timeline will give. */
  readonly orders: readonly Order[]
}

/** Broker, witness and link on real sockets. What was begun is ended in reverse, also where a later part fails. */
export async function openBench(scenario: Scenario, kit: Kit, parts: BenchParts): Promise<Bench> {
  const undo = cleanup()
  const kept = <T extends AsyncDisposable>(part: T): T => {
    undo.add(() => part[Symbol.asyncDispose]())
    return part
  }
  try {
    return await assemble()
  } catch (error) {
    await undo[Symbol.asyncDispose]()
    throw error
  }

  async function assemble(): Promise<Bench> {
    const { broker: kind, client, link: linkKind, brokers, ownBroker } = parts
    const key = brokerKey(scenario.broker)
    const make = () => kind.start(scenario.broker.options)
    const broker = kept(await (ownBroker ? brokers.own(make) : brokers.share(key, make))).value
    undo.add(broker.watch(clientIdPrefix(kit.runId), kit.record))
    const access = broker.access ? { access: broker.access } : {}
    const seat = { record: kit.record, runId: kit.runId, clock: kit.clock, address: broker.address, ...access }
    const witness = kept(
      await startWitness(seat).catch(error => {
        // A shared broker that died must not fail every run that comes after.
        brokers.retire(key)
        throw error
      }),
    )
    const link = kept(await linkKind.start({ ...linkSeat(scenario, kit, parts.orders), upstream: broker.address }))
    const versions = {
      link: linkKind.name,
      broker: { ...labelled(familiar(kind, broker), broker.version), ...spokenTo(broker) },
      client: labelled(client, await client.version(scenario.client.options)),
    }
    const blind = broker.access !== undefined && sealOf(broker.access) !== undefined
    const nearEnd = async (device: number) =>
      (blind && scenario.client.count > 1 && (await link.door?.(device))) || link.address
    const startClient = async (device: number): Promise<StartedClient> =>
      kept(await client.start(seatOf(scenario, kit, device, { address: await nearEnd(device), ...access })))
    return { link, broker, witness, versions, startClient, [Symbol.asyncDispose]: () => undo[Symbol.asyncDispose]() }
  }
}

function linkSeat({ link, client }: Scenario, kit: Kit, all: readonly Order[]) {
  const ms = (length: typeof link.latency) => resolveDuration(length, client.keepaliveS * 1000)
  const orders = all.filter((order): order is LinkOrder => order.to === 'link')
  return { kit, orders, options: link.options, latencyMs: ms(link.latency), jitterMs: ms(link.jitter) }
}

const familiar = (kind: BrokerKind, { family }: StartedBroker) => (family === undefined ? kind : { ...kind, family })

function spokenTo({ access }: StartedBroker): Pick<PeerVersion, 'over'> {
  const scheme = access?.scheme ?? 'mqtt'
  return scheme === 'mqtt' ? {} : { over: scheme }
}
