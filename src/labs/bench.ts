import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kit } from '../clock/kit.ts'
import { isReal } from '../clock/real.ts'
import type { LinkOrder, Order } from '../faults/fault.ts'
import { openPart, prepareHost } from '../hosts/host.ts'
import { prepareLink, startHosted as startHostedLink } from '../link/kinds/hosted-link.ts'
import type { LinkKind, StartedLink } from '../link/kinds/link.ts'
import type { PeerVersion } from '../model/evidence.ts'
import type { Scenario } from '../model/scenario.ts'
import { type BrokerKind, brokerKey, type StartedBroker } from '../peers/brokers/broker.ts'
import { type BrokerTime, prepareBroker, startHosted as startHostedBroker } from '../peers/brokers/hosted-broker.ts'
import type { ClientKind, StartedClient } from '../peers/clients/client.ts'
import { clientIdPrefix, contextOf } from '../peers/clients/client-identity.ts'
import { prepareClient, startHosted as startHostedClient } from '../peers/clients/hosted-client.ts'
import { type Access, sealOf } from '../peers/reach/access.ts'
import { guardedFolder } from '../processes/guarded-folder.ts'
import { assembled, type Cleanup, type Pool } from '../processes/pool.ts'
import { type BenchClocks, benchClocks } from './clocks.ts'
import { pathOf, startFleetFor } from './fleets.ts'
import { type Bench, noWitness, type Watched, type Witness } from './lab.ts'
import { startWitness, type WitnessContext, witnessFor } from './mqttjs-witness.ts'
import { stopsClient } from './orders.ts'
import type { WitnessArgs } from './witness-part.ts'

interface Kind {
  readonly name: string
  readonly family?: string
  readonly model?: true
  readonly pings?: false
}

/** What evidence says of a peer: a model is never shown without saying so. */
export const labelled = ({ name, family = name, model, pings }: Kind, version: string): PeerVersion => ({
  name: family,
  version,
  ...(model ? { model } : {}),
  ...(pings === false ? { pings } : {}),
})

/** A client as evidence knows it: by its library where the scenario says which, else by its kind. */
export async function clientLabel(kind: ClientKind, options: Readonly<Record<string, unknown>>): Promise<PeerVersion> {
  const family = kind.familyOf?.(options)
  return labelled(family === undefined ? kind : { ...kind, family }, await kind.version(options))
}

/** A broker's kind by the family that it was found to be of. */
export const familiar = (kind: BrokerKind, { family }: StartedBroker): BrokerKind =>
  family === undefined ? kind : { ...kind, family }

interface BenchParts {
  readonly broker: BrokerKind
  readonly client: ClientKind
  readonly link: LinkKind
  readonly brokers: Pool<StartedBroker>
  /** Whether the scenario harms its broker, so that it must not be shared. */
  readonly ownBroker: boolean
  /** All that the timeline will give. */
  readonly orders: readonly Order[]
  /** In which broker and clients live; absent: the machine's. */
  readonly time?: BrokerTime
}

/** Has the processes of all these parts ready, so that loading delays no run. */
export async function prepareBenches(
  all: readonly (Pick<BenchParts, 'broker' | 'client' | 'link'> & {
    readonly scenario: Scenario
    readonly speed?: number | undefined
  })[],
): Promise<void> {
  const hosts = all.flatMap(({ scenario, broker, client, link, speed }) => [
    prepareWitness(speed),
    prepareBroker(broker, speed),
    prepareLink(link),
    prepareClient(client, scenario.client.options, speed),
  ])
  // What can't be loaded says so when it is started.
  await Promise.allSettled(hosts)
}

/** Broker, witness and link on real sockets. What was begun is ended in reverse, also where a later part fails. */
export async function openBench(scenario: Scenario, kit: Kit, parts: BenchParts): Promise<Bench> {
  return assembled(async (undo): Promise<Bench> => {
    const { broker: kind, client, link: linkKind, brokers, ownBroker, time } = parts
    await prepareBenches([{ scenario, ...parts, speed: time?.speed }])
    const key = `${brokerKey(scenario.broker)} x${time?.speed ?? 1}`
    const clocks = undo.keep(await benchClocks({ ...parts, record: kit.record, speed: time?.speed ?? 1 }))
    const make = () => startBroker(scenario, kit, parts, clocks)
    const alone = ownBroker || client.namesItself?.(scenario.client.options) === true
    const broker = undo.keep(await (alone ? brokers.own(make) : brokers.share(key, make))).value
    const fleet = await startFleetFor(scenario, kit, client, broker)
    if (fleet) undo.keep(fleet)
    const heard = fleet?.heard ?? kit.record
    undo.add(broker.watch(clientIdPrefix(kit.runId), heard, kit.clock))
    const access = broker.access ? { access: broker.access } : {}
    const context = besideOf(scenario, { ...kit, record: heard }, broker)
    const witness = undo.keep(
      await (kind.dialect === undefined ? startHostedWitness(context, kit, time?.speed) : speechless()).catch(error => {
        // A shared broker that died must not fail every run that comes after.
        brokers.retire(key)
        throw error
      }),
    )
    const link = fleet?.link ?? undo.keep(await openLink(scenario, kit, parts, broker))
    const through = { ...access, ...(await trusting(link, broker, undo)) }
    const versions = {
      link: linkKind.name,
      broker: { ...labelled(familiar(kind, broker), broker.version), ...spokenTo(broker) },
      client: await clientLabel(client, scenario.client.options),
    }
    const nearEnd = nearEndOf(scenario, link, broker, linkKind)
    const processes: Watched[] = broker.pids ? [{ of: 'broker', pids: broker.pids }] : []
    const clients = clientsOf({ parts, processes, undo, clocks }, async device => {
      const spoken = kind.dialect === undefined ? {} : { dialect: kind.dialect }
      const entered = { address: await nearEnd(device), ...through, ...spoken, ...enteredBy(client, time, clocks) }
      return startHostedClient(client, contextOf(scenario, kit, device, entered), kit, stopsClient(parts.orders))
    })
    return {
      link,
      broker,
      witness,
      versions,
      processes,
      isApart: () => areApart(parts) && (fleet !== undefined || clients.areApart()),
      startClient: fleet?.startClient ?? clients.start,
      setClock: clocks.set,
      [Symbol.asyncDispose]: () => undo[Symbol.asyncDispose](),
    }
  })
}

/** How the witness reaches the broker itself. */
const besideOf = (
  scenario: Scenario,
  { record, runId, clock }: Kit,
  { address, access }: StartedBroker,
): WitnessContext => ({
  ...witnessFor(scenario),
  record,
  runId,
  clock,
  address,
  ...(access && { access }),
})

/** The link before this broker, in the process of its kind. */
const openLink = (scenario: Scenario, kit: Kit, { link, orders }: BenchParts, { address, access }: StartedBroker) =>
  startHostedLink(link, {
    ...linkContext(scenario, kit, orders),
    upstream: address,
    ...(access && { access: nameless(access) }),
  })

/** The clients under test. One with processes of its own does not live in this thread; that is known once it was started. */
function clientsOf(
  { parts, processes, undo, clocks }: ClientsSetting,
  start: (device: number) => Promise<StartedClient>,
) {
  let areApart = isApart(parts.client)
  return {
    areApart: () => areApart,
    async start(device: number): Promise<StartedClient> {
      const started = clocks.hold('client', undo.keep(await start(device)))
      if (started.pids) {
        processes.push({ of: 'client', pids: started.pids })
        areApart = true
      }
      return started
    },
  }
}

interface ClientsSetting {
  readonly parts: BenchParts
  readonly processes: Watched[]
  readonly undo: Cleanup
  readonly clocks: BenchClocks
}

/** Neither of them lives in the run's own thread. */
const areApart = ({ link, broker }: BenchParts): boolean =>
  isApart(link) && (isApart(broker) || broker.embed === undefined)

/** Where a device finds the link: at a door of its own where what passes does not say whose connection it is. */
function nearEndOf(
  { link: { options }, client }: Scenario,
  link: StartedLink,
  { access }: StartedBroker,
  kind: LinkKind,
) {
  const opened = kind.opens?.(options) ?? []
  const blind = access !== undefined && sealOf(access, opened) !== undefined
  // A connection that ends in its handshake never says whose it is.
  const needsDoor = opened.length > 0 || (blind && client.count > 1)
  return async (device: number) => (needsDoor && (await link.door?.(device))) || link.address
}

/** In a time of its own where its clock is set, else in the lab's. */
async function startBroker(
  { broker }: Scenario,
  { runId }: Kit,
  { broker: kind, time }: BenchParts,
  clocks: BenchClocks,
): Promise<StartedBroker> {
  if (!clocks.has('broker')) return startHostedBroker(kind, broker.options, time)
  const enter = clocks.enter('broker') ?? time?.within.enter ?? ((file, args) => [file, ...args])
  const own: BrokerTime = { speed: time?.speed ?? 1, within: { ...time?.within, enter } }
  return clocks.hold('broker', await startHostedBroker(kind, broker.options, own, runId))
}

/** What the clients under test are started with, for the same. */
function enteredBy({ home }: ClientKind, time: BrokerTime | undefined, clocks: BenchClocks) {
  const enter = clocks.enter('client') ?? time?.within.enter
  const isFaster = time !== undefined || (home !== undefined && clocks.has('client'))
  return { ...(enter && { enter }), ...(isFaster && { faster: true as const }) }
}

/** The link opens its sessions as nobody: who the client is, the client itself says. */
function nameless({ username, password, ...access }: Access): Access {
  return access
}

/** Where the link shows its own certificate, its CA takes the place of the broker's, in a file that is gone with the run. */
async function trusting({ ca }: StartedLink, { access }: StartedBroker, undo: Cleanup): Promise<{ access?: Access }> {
  if (ca === undefined || access === undefined) return {}
  const folder = await guardedFolder('ca')
  undo.add(() => folder.remove())
  const file = join(folder.path, 'ca.pem')
  await writeFile(file, ca)
  return { access: { ...access, ca: file } }
}

/** In a process of its own. */
const isApart = ({ home, program }: { readonly home?: string; readonly program?: true }): boolean =>
  home !== undefined || program === true

function linkContext(scenario: Scenario, kit: Kit, all: readonly Order[]) {
  const orders = all.filter((order): order is LinkOrder => order.to === 'link')
  return { kit, orders, options: scenario.link.options, ...pathOf(scenario) }
}

function spokenTo({ access }: StartedBroker): Pick<PeerVersion, 'over'> {
  const scheme = access?.scheme ?? 'mqtt'
  return scheme === 'mqtt' ? {} : { over: scheme }
}

const HOST = 'witness'
const PART = new URL('./witness-part.ts', import.meta.url).href

/** Has the process of witnesses ready. */
const prepareWitness = (speed?: number): Promise<void> => prepareHost(HOST, PART, undefined, speed)

/** Ours speaks MQTT alone. */
const speechless = async (): Promise<Witness> => noWitness

/** The witness in its process; here, where it needs a network that is no other process's. */
async function startHostedWitness(context: WitnessContext, { clock }: Kit, speed?: number): Promise<Witness> {
  const { record, dial, load, clock: _own, ...args } = context
  if (dial || !isReal(clock)) return startWitness(context)
  const part = await openPart({
    host: HOST,
    ...(speed !== undefined && { speed }),
    module: PART,
    args: args satisfies WitnessArgs,
    listener: { clock, record, of: 'witness' },
  })
  const trouble = (error: Error) => record({ who: 'harness', what: 'trouble', note: error.message })
  return {
    publish: (message, seq) => void part.call('publish', message, seq).catch(trouble),
    watch: (device, will) => void part.call('watch', device, will).catch(trouble),
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  }
}
