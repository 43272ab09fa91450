import type { Running } from '../../link/kinds/toxiproxy/running.ts'
import { type Beside, withMore } from '../../peers/brokers/external/external-place.ts'
import { isTls } from '../../peers/reach/access.ts'
import { type PeerPlace, parseBrokerUrl } from '../../peers/reach/url.ts'
import { bridgeAddress } from '../containers/bridge.ts'

/** What is already running and shall be used. */
export interface Targets {
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
