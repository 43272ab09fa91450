import { networkInterfaces } from 'node:os'
import type { Address } from '../../links/link.ts'
import type { Running } from '../../links/toxiproxy/running.ts'

/** What is already running and shall be used. */
export interface Targets {
  /** By the name of the broker; `*`: for any. */
  readonly brokers: ReadonlyMap<string, Address>
  readonly toxiproxy?: Running
}

const LOOPBACK = '127.0.0.1'
const MQTT_PORT = 1883

/** docker-compose.yml, to the letter. */
const compose = (): Targets => ({
  brokers: new Map([
    ['mosquitto', { host: LOOPBACK, port: 1883 }],
    ['aedes', { host: LOOPBACK, port: 1884 }],
  ]),
  toxiproxy: {
    url: `http://${LOOPBACK}:8474`,
    listenHost: '0.0.0.0',
    ports: [8666, 8697],
    tapHost: 'host.docker.internal',
    tapBind: bridgeAddress() ?? LOOPBACK,
  },
})

/** On Linux `host-gateway` is the bridge's own address; Docker Desktop forwards to 127.0.0.1. */
const bridgeAddress = (): string | undefined =>
  networkInterfaces().docker0?.find(({ family }) => family === 'IPv4')?.address

/**
 * From the environment, where `halfopen run` puts its options, since scenarios are played in a thread of their own:
 * `HALFOPEN_ATTACH=compose`, `HALFOPEN_BROKER_URL` (`mqtt://host:port`, or `name=mqtt://...` several times, with commas),
 * `HALFOPEN_TOXIPROXY_URL`. Throws where one of them makes no sense; `undefined` where there is none.
 */
export function targetsFrom(env: NodeJS.ProcessEnv = process.env): Targets | undefined {
  const { HALFOPEN_ATTACH: attach, HALFOPEN_BROKER_URL: brokers, HALFOPEN_TOXIPROXY_URL: url } = env
  if (!attach && !brokers && !url) return undefined
  if (attach && attach !== 'compose') throw new Error(`--attach ${attach}: only compose is known`)
  const base: Targets = attach ? compose() : { brokers: new Map() }
  const named = (brokers ?? '')
    .split(',')
    .filter(text => text !== '')
    .map(brokerAt)
  return {
    ...base,
    brokers: new Map([...base.brokers, ...named]),
    ...(url ? { toxiproxy: { url, listenHost: LOOPBACK, tapHost: LOOPBACK, tapBind: LOOPBACK } } : {}),
  }
}

function brokerAt(text: string): readonly [string, Address] {
  const [, name = '*', url = ''] = /^(?:([\w-]+)=)?(.*)$/.exec(text) ?? []
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !['mqtt:', 'tcp:'].includes(parsed.protocol) || parsed.username !== '')
    throw new Error(
      `--broker-url ${text}: write mqtt://host:port, or name=mqtt://host:port; without TLS and credentials`,
    )
  return [name, { host: parsed.hostname, port: Number(parsed.port || MQTT_PORT) }]
}
