import { realClock } from '../clock/real.ts'
import { faults as ownFaults } from '../faults/index.ts'
import type { LinkKind } from '../link/kinds/link.ts'
import { openApi } from '../link/kinds/toxiproxy/api.ts'
import { openRunning, type Running, sharedPlace } from '../link/kinds/toxiproxy/running.ts'
import { toxiproxyFrom } from '../link/kinds/toxiproxy/toxiproxy-kind.ts'
import { type Availability, registry } from '../model/plugin.ts'
import type { Scenario } from '../model/scenario.ts'
import type { BrokerKind, StartedBroker } from '../peers/brokers/broker.ts'
import { type Beside, pemProblem, withMore } from '../peers/brokers/external/external-place.ts'
import { visit } from '../peers/brokers/external/visit.ts'
import { external } from '../peers/brokers/external.ts'
import { isTls } from '../peers/reach/access.ts'
import { type PeerPlace, parseBrokerUrl, placeName } from '../peers/reach/url.ts'
import { versionLack } from '../peers/recipes/built.ts'
import { pool } from '../processes/pool.ts'
import { admission, choose } from './admission.ts'
import { openBench } from './bench.ts'
import { bridgeAddress } from './containers/runtime.ts'
import type { Lab, LabKind, LabSettings, Peers } from './lab.ts'
import { harmsBroker, ON_SOCKETS, ordersOf } from './orders.ts'

/** What is already running and shall be used. */
interface Targets {
  /** By the name of the broker; `*`: for any. */
  readonly brokers: ReadonlyMap<string, PeerPlace>
  readonly toxiproxy?: Running
}

const LOOPBACK = '127.0.0.1'

const here = (port: number): PeerPlace => ({ address: { host: LOOPBACK, port }, access: { scheme: 'mqtt' } })

/** docker-compose.yml, to the letter. */
const compose = (): Targets => ({
  brokers: new Map([
    ['mosquitto', here(1883)],
    ['aedes', here(1884)],
  ]),
  toxiproxy: {
    url: `http://${LOOPBACK}:8474`,
    listenHost: '0.0.0.0',
    ports: [8666, 8697],
    tapHost: 'host.docker.internal',
    // On Linux `host-gateway` is the bridge's own address; Docker Desktop forwards to 127.0.0.1.
    tapBind: async () => (await bridgeAddress()) ?? LOOPBACK,
  },
})

/**
 * From what `halfopen run` was given (its options by the names of the variables that say the same), or else from the environment:
 * `HALFOPEN_ATTACH=compose`, `HALFOPEN_BROKER_URL` (`mqtts://host:port`, or `name=mqtts://...` several times, with commas), for
 * all of them `HALFOPEN_BROKER_USER`, `_PASSWORD`, `_CA`, `_CERT`, `_KEY` and `_PASSPHRASE`, and `HALFOPEN_TOXIPROXY_URL`. Throws
 * where one of them makes no sense, without a secret in its words; `undefined` where there is none.
 */
export function targetsFrom(env: NodeJS.ProcessEnv = process.env): Targets | undefined {
  const { HALFOPEN_ATTACH: attach, HALFOPEN_BROKER_URL: brokers, HALFOPEN_TOXIPROXY_URL: url } = env
  if (!attach && !brokers && !url) return undefined
  if (attach && attach !== 'compose') throw new Error(`--attach ${attach}: only compose is known`)
  const base: Targets = attach ? compose() : { brokers: new Map() }
  const named = (brokers ?? '')
    .split(',')
    .filter(text => text !== '')
    .map(text => brokerAt(text, besideFrom(env)))
  return {
    ...base,
    brokers: new Map([...base.brokers, ...named]),
    ...(url ? { toxiproxy: { url, listenHost: LOOPBACK, tapHost: LOOPBACK, tapBind: async () => LOOPBACK } } : {}),
  }
}

/** A password comes this way only: a command line is for everybody on the machine to see. */
const besideFrom = (env: NodeJS.ProcessEnv): Beside => ({
  username: env.HALFOPEN_BROKER_USER,
  password: env.HALFOPEN_BROKER_PASSWORD,
  ca: env.HALFOPEN_BROKER_CA,
  cert: env.HALFOPEN_BROKER_CERT,
  key: env.HALFOPEN_BROKER_KEY,
  passphrase: env.HALFOPEN_BROKER_PASSPHRASE,
})

function brokerAt(text: string, beside: Beside): readonly [string, PeerPlace] {
  const [, name = '*', url = ''] = /^(?:([\w-]+)=)?(.*)$/.exec(text) ?? []
  const place = parseBrokerUrl(url)
  if (typeof place === 'string') throw new Error(`--broker-url: ${place}, also as name=mqtt://host`)
  if (place.access.password !== undefined)
    throw new Error('--broker-url: no password on a command line; give it in HALFOPEN_BROKER_PASSWORD')
  const { ca, cert, key } = beside
  if (!isTls(place.access) && (ca ?? cert ?? key) !== undefined)
    throw new Error(
      `--broker-url: --broker-ca, -cert and -key belong to mqtts:// and wss://, and this is ${place.access.scheme}://`,
    )
  if ((cert === undefined) !== (key === undefined)) throw new Error('--broker-cert and --broker-key go together')
  return [name, withMore(place, beside)]
}

/** The broker of this name that is already running: it is neither configured, frozen nor killed, and left as it was. */
const attachedTo = (kind: BrokerKind, place: PeerPlace): BrokerKind => ({
  name: kind.name,
  summary: `the broker at ${placeName(place)}`,
  options: kind.options,
  protocols: kind.protocols,
  ...(kind.shares && { shares: kind.shares }),
  can: new Set(),
  access: () => place.access,
  available: options => brokerAvailable(kind, place, (options as { readonly version?: string }).version),
  version: async () => (await visit(place)).version,
  start: () => attach(place),
})

async function brokerAvailable(
  { name }: BrokerKind,
  place: PeerPlace,
  asked: string | undefined,
): Promise<Availability> {
  const problem = await pemProblem(place.access)
  if (problem !== undefined) return { reason: problem }
  try {
    const found = await visit(place)
    if (found.name === undefined || found.name === name) return versionLack(name, found.version, asked)
    return { reason: `the broker at ${placeName(place)} is ${found.name}, and the scenario is for ${name}` }
  } catch (error) {
    const remedy = 'start it, or give its address with --broker-url'
    return { reason: `no MQTT broker can be used at ${(error as Error).message}`, remedy }
  }
}

async function attach(place: PeerPlace): Promise<StartedBroker> {
  const { version } = await visit(place)
  // Its log is out of reach: the taps tell what it does.
  return { ...place, version, watch: () => () => {}, async [Symbol.asyncDispose]() {} }
}

/** The lab local, with a broker, a Toxiproxy or both that are already running in the place of its own. */
export const attached: LabKind = {
  name: 'attached',
  summary: 'a broker and a Toxiproxy that are already running: --attach compose, --broker-url, --toxiproxy',
  resolutionMs: 5,
  can: ON_SOCKETS,
  fleets: true,
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
    clock: () => realClock(),
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
