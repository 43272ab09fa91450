import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../clock/clock.ts'
import type { Address } from '../../link/kinds/link.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import type { StartedBroker } from '../../peers/brokers/broker.ts'
import { brokers } from '../../peers/brokers/index.ts'
import type { Scheme } from '../../peers/reach/access.ts'
import { parseBrokerUrl } from '../../peers/reach/url.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import type { HostPort } from '../../text/address.ts'
import { didYouMean } from '../../text/nearest.ts'

/** The broker behind the link. */
export interface Upstream extends AsyncDisposable {
  readonly address: Address
  /** The device speaks TLS with it, through the link. */
  readonly tls: boolean
  readonly broker: PeerVersion
  /** In words, for reports. */
  readonly at: string
}

const REACH_MS = 10_000

/**
 * `mqtt://host:port`, `mqtts://`, `ws://`, or the name of one to start here, for devices that come over WebSockets where `webSocket` says so.
 * Complains where it can't be had.
 */
export async function openUpstream(text: string, clock: Clock, webSocket = false): Promise<Upstream> {
  if (!text.includes('://')) return started(text, webSocket ? { websocket: true } : {})
  if (webSocket) throw new Complaint('error: --websocket: of a broker that runs already ws:// says it', EXIT.usage)
  return running(text, clock)
}

async function running(text: string, clock: Clock): Promise<Upstream> {
  const { address, scheme } = addressFrom(text)
  const tls = scheme === 'mqtts'
  const why = await unreachable(address, clock)
  if (why !== undefined)
    throw new Complaint(
      `error: --broker: nothing answers at ${address.host}:${address.port}: ${why}`,
      EXIT.inconclusive,
    )
  const at = `${scheme}://${address.host}:${address.port}`
  return { address, tls, at, broker: { name: 'broker', version: 'unknown' }, async [Symbol.asyncDispose]() {} }
}

function addressFrom(text: string): { readonly address: Address; readonly scheme: Scheme } {
  const wrong = (why: string) => new Complaint(`error: --broker: ${why}`, EXIT.usage)
  const place = parseBrokerUrl(text)
  if (typeof place === 'string') throw wrong(place)
  const { address, access } = place
  if (access.scheme === 'wss') throw wrong('it must be like mqtt://host:1883, mqtts://host:8883 or ws://host:80')
  if (access.username !== undefined || access.password !== undefined)
    throw wrong('leave out user and password: the device says its own')
  return { address, scheme: access.scheme }
}

/** Why no connection can be opened. */
function unreachable({ host, port }: Address, clock: Clock): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const done = (why: string | undefined) => {
      cancel()
      socket.destroy()
      resolve(why)
    }
    const cancel = clock.at(clock.nowMs() + REACH_MS, () => done(`no connection within ${REACH_MS / 1000} s`))
    socket.once('connect', () => done(undefined))
    socket.once('error', error => done(error.message || String(error)))
  })
}

async function started(name: string, given: object): Promise<Upstream> {
  const kind = brokers.get(name)
  const options = kind?.options.safeParse(given)
  if (!kind || !options?.success) {
    const known = [...brokers.values()].filter(each => each.options.safeParse(given).success).map(each => each.name)
    throw new Complaint(
      `error: --broker: '${name}' can't be started.${didYouMean(name, known)}\nallowed: ${known.join(', ')}, mqtt://host:port, mqtts://host:port, ws://host:port`,
      EXIT.usage,
    )
  }
  const available = await kind.available(options.data)
  if (available !== true) {
    const remedy = available.remedy === undefined ? '' : `: ${available.remedy}`
    throw new Complaint(`error: --broker ${name}: ${available.reason}${remedy}`, EXIT.inconclusive)
  }
  const broker: StartedBroker = await kind.start(options.data)
  return {
    address: broker.address,
    tls: false,
    broker: { name, version: broker.version },
    at: `${name}, started for this`,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}

const WILDCARDS = ['0.0.0.0', '::']

/** Where a device can be pointed: the address, or all addresses of this machine that it stands for. */
export function placesOf({ host, port }: HostPort): readonly string[] {
  if (!WILDCARDS.includes(host)) return [spelled(host, port)]
  const own = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  const reachable = own.filter(({ internal, family }) => !internal && (host === '::' || family === 'IPv4'))
  const places = reachable.filter(({ scopeid = 0 }) => scopeid === 0).map(({ address }) => spelled(address, port))
  return places.length > 0 ? places : [spelled(host, port)]
}

export const spelled = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

export const isLoopback = (host: string): boolean => /^127\./.test(host) || host === '::1' || host === 'localhost'
