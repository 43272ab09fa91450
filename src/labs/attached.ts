import { realClock } from '../clock/real.ts'
import { faults as ownFaults } from '../faults/index.ts'
import type { LinkKind } from '../link/kinds/link.ts'
import { openApi } from '../link/kinds/toxiproxy/api.ts'
import { toxiproxyFrom } from '../link/kinds/toxiproxy/kind.ts'
import { openRunning } from '../link/kinds/toxiproxy/running.ts'
import { sharedPlace } from '../link/kinds/toxiproxy/shared.ts'
import type { Availability } from '../model/plugin.ts'
import { registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind, StartedBroker } from '../peers/brokers/broker.ts'
import { external } from '../peers/brokers/external.ts'
import { pool } from '../processes/pool.ts'
import { admission, choose } from './admission.ts'
import { attachedTo } from './attached/broker.ts'
import { type Targets, targetsFrom } from './attached/targets.ts'
import { openBench } from './bench.ts'
import type { Lab, LabKind, LabSettings, Peers } from './lab.ts'
import { harmsBroker, ordersOf } from './orders.ts'
import { ON_SOCKETS } from './sockets.ts'

/** The lab local, with a broker, a Toxiproxy or both that are already running in the place of its own. */
export const attached: LabKind = {
  name: 'attached',
  summary: 'a broker and a Toxiproxy that are already running: --attach compose, --broker-url, --toxiproxy',
  resolutionMs: 5,
  can: ON_SOCKETS,
  available,
  create,
}

async function available(): Promise<Availability> {
  if (targetsFrom()) return true
  return { reason: 'nothing was named that is running', remedy: 'halfopen run --attach compose, or --broker-url URL' }
}

function create(peers: Peers, settings: LabSettings = {}): Lab {
  const { faults = ownFaults } = peers
  const targets: Targets = targetsFrom({ ...process.env, ...settings }) ?? { brokers: new Map() }
  const brokers = pool<StartedBroker>()
  const here = attachedPeers(peers, targets)
  const through = (scenario: Scenario): Scenario => (targets.toxiproxy ? throughToxiproxy(scenario) : scenario)
  return {
    kind: attached,
    clock: realClock,
    async admits(given) {
      const options = Object.keys(given.broker.options).filter(key => key !== 'image')
      if (isAttached(given, targets) && options.length > 0)
        return {
          result: 'unsupported',
          reason: `a broker that is already running can't be given ${options.join(', ')}`,
        }
      const scenario = through(given)
      return admission(scenario, choose(scenario, here), ordersOf(scenario, faults), attached)
    },
    async open(given, kit) {
      const scenario = through(given)
      const orders = ordersOf(scenario, faults)
      return openBench(scenario, kit, { ...choose(scenario, here), brokers, orders, ownBroker: harmsBroker(orders) })
    },
    [Symbol.asyncDispose]: () => brokers[Symbol.asyncDispose](),
  }
}

/** Where a scenario says itself which broker it means, that one is meant. */
const placeFor = (name: string, { brokers }: Targets) =>
  brokers.get(name) ?? (name === external.name ? undefined : brokers.get('*'))

const isAttached = ({ broker }: Scenario, targets: Targets): boolean => placeFor(broker.name, targets) !== undefined

function attachedPeers(peers: Peers, targets: Targets): Peers {
  const { toxiproxy } = targets
  const brokers = [...peers.brokers.values()].map((kind): BrokerKind => {
    const place = placeFor(kind.name, targets)
    return place && !kind.model ? attachedTo(kind, place) : kind
  })
  if (!toxiproxy) return { ...peers, brokers: registry(brokers) }
  const link: LinkKind = toxiproxyFrom({
    open: sharedPlace(() => openRunning(toxiproxy)),
    available: () => answers(toxiproxy.url),
  })
  return { ...peers, brokers: registry(brokers), links: registry([link]) }
}

async function answers(url: string): Promise<Availability> {
  try {
    await openApi(url).version()
    return true
  } catch (error) {
    return { reason: (error as Error).message, remedy: 'start it, or give its address with --toxiproxy' }
  }
}

const throughToxiproxy = (scenario: Scenario): Scenario => ({
  ...scenario,
  link: { ...scenario.link, name: 'toxiproxy', options: {} },
})
