import { z } from 'zod'
import { realClock } from '../clock/real.ts'
import type { Capability } from '../faults/fault.ts'
import { faults as ownFaults } from '../faults/index.ts'
import type { LinkKind } from '../link/kinds/link.ts'
import { toxiproxyFrom } from '../link/kinds/toxiproxy/toxiproxy-kind.ts'
import { type Availability, registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind, StartedBroker } from '../peers/brokers/broker.ts'
import { parseLog } from '../peers/brokers/mosquitto/log.ts'
import type { MosquittoOptions } from '../peers/brokers/mosquitto/options.ts'
import { configText } from '../peers/brokers/mosquitto.ts'
import type { News } from '../peers/brokers/watchers.ts'
import { missingPackages } from '../peers/recipes/optional-package.ts'
import { pool } from '../processes/pool.ts'
import { admission, choose, plainOnly } from './admission.ts'
import { openBench } from './bench.ts'
import { available, type ContainerRecipe, inContainer, MQTT_PORT } from './containers/container-broker.ts'
import { engineAvailable } from './containers/engine.ts'
import { guardContainers, sweepStale } from './containers/removal.ts'
import { IMAGES, runtime } from './containers/runtime.ts'
import { toxiproxies } from './containers/toxiproxy-container.ts'
import type { Lab, LabKind, Peers } from './lab.ts'
import { harmsBroker, ordersOf } from './orders.ts'

const line = z.object({
  what: z.enum(['started', 'client-connected', 'client-closed', 'keepalive-timeout', 'error']),
  clientId: z.string().optional(),
  note: z.string().optional(),
})

interface AedesNews {
  readonly what: string
  readonly clientId: string | undefined
  readonly note: string | undefined
  readonly news: News
}

/** A line of docker/aedes/server.js; `undefined` for any other. It never throws: the log may be cut anywhere. */
export function parseAedesLog(text: string): AedesNews | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const { what, clientId, note } = line.parse(JSON.parse(text))
    return { what, clientId, note, news: { what, ...(note === undefined ? {} : { note }) } }
  } catch {
    return undefined
  }
}

const mosquitto: ContainerRecipe = {
  image: IMAGES.mosquitto,
  configure(options) {
    // The image starts it as root, and as any other user mosquitto ignores `user`.
    const content = configText(options as MosquittoOptions, { host: '0.0.0.0', port: MQTT_PORT }, true)
    return { files: [{ target: '/mosquitto/config/mosquitto.conf', content }] }
  },
  read(line, { tell }) {
    for (const { clientId, ...news } of parseLog(line)) tell(clientId, news)
    return /^(?:\d+: )?mosquitto version (\S+) starting/.exec(line)?.[1]
  },
}

const aedes: ContainerRecipe = {
  image: IMAGES.aedes,
  configure({ image, ...options }) {
    return { environment: { AEDES_OPTIONS: JSON.stringify(options) } }
  },
  read(line, { tell, tellAll }) {
    const told = parseAedesLog(line)
    if (told?.what === 'started') return told.note
    if (told?.clientId !== undefined) tell(told.clientId, told.news)
    else if (told) tellAll(told.news)
    return undefined
  },
}

/** By the names of the brokers that they are for. */
const RECIPES: ReadonlyMap<string, ContainerRecipe> = new Map(Object.entries({ mosquitto, aedes }))

const SIGNALS: readonly Capability[] = [
  'broker:freeze',
  'broker:thaw',
  'broker:kill',
  'broker:restart',
  'client:freeze',
  'client:thaw',
]

/** Broker and Toxiproxy in containers of a Docker engine, the clients and both taps in this process. */
export const containers: LabKind = {
  name: 'containers',
  summary: 'broker and a real Toxiproxy in containers, the client outside, a tap at each end',
  resolutionMs: 5,
  can: new Set<Capability>([...toxiproxyFrom({ open: unopened, available: async () => true }).can, ...SIGNALS]),
  available: present,
  create,
}

/** The library that speaks with the engine does not come with halfopen. */
async function present(): Promise<Availability> {
  return missingPackages(['testcontainers']) ?? engineAvailable()
}

async function unopened(): Promise<never> {
  throw new Error('only for what it can do')
}

function create(peers: Peers): Lab {
  const { faults = ownFaults } = peers
  const brokers = pool<StartedBroker>()
  const proxies = toxiproxies()
  const link = toxiproxyFrom({
    open: ({ image }) => proxies.open(image),
    available: options => available(IMAGES.toxiproxy, options),
  })
  const here: Peers = { ...peers, links: registry<LinkKind>([link]), brokers: inContainers(peers) }
  let ready: Promise<() => void> | undefined

  return {
    kind: containers,
    clock: () => realClock(),
    admits: async given => {
      const scenario = throughToxiproxy(given)
      if (!here.brokers.has(scenario.broker.name))
        return { result: 'unsupported', reason: `no image is known for the broker ${scenario.broker.name}` }
      const access = peers.brokers.get(scenario.broker.name)?.access?.(scenario.broker.options)
      if (access) return { result: 'unsupported', reason: plainOnly(scenario.broker.name, containers.name, access) }
      const admitted = await admission(scenario, choose(scenario, here), ordersOf(scenario, faults), containers)
      const lack = missingPackages(['testcontainers'])
      // What can't be played here at all comes first; what is missing, in the order in which it is needed.
      if (lack && (admitted === true || admitted.result === 'missing')) return { result: 'missing', ...lack }
      return admitted
    },
    async open(given, kit) {
      ready ??= prepare()
      await ready
      const scenario = throughToxiproxy(given)
      const orders = ordersOf(scenario, faults)
      return openBench(scenario, kit, { ...choose(scenario, here), brokers, orders, ownBroker: harmsBroker(orders) })
    },
    async [Symbol.asyncDispose]() {
      const ended = await Promise.allSettled([brokers[Symbol.asyncDispose](), proxies[Symbol.asyncDispose]()])
      for (const end of ended) if (end.status === 'rejected') throw end.reason
      // Only now: until then the watchdog would have something to do.
      const release = await ready
      release?.()
    },
  }
}

/** Before the first container: whoever cleans up must be there. */
async function prepare(): Promise<() => void> {
  const engine = await runtime()
  const release = guardContainers(engine)
  await sweepStale(engine)
  return release
}

const inContainers = ({ brokers }: Peers): Peers['brokers'] =>
  registry<BrokerKind>(
    [...brokers.values()].flatMap(kind => {
      const recipe = RECIPES.get(kind.name)
      return recipe && !kind.model ? [inContainer(kind, recipe)] : []
    }),
  )

/** The link of this lab is a Toxiproxy, whatever relay the scenario would have in another. */
const throughToxiproxy = (scenario: Scenario): Scenario =>
  scenario.link.name === 'toxiproxy'
    ? scenario
    : { ...scenario, link: { ...scenario.link, name: 'toxiproxy', options: {} } }
