import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../clock/clock.ts'
import type { Address } from '../../link/kinds/link.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import type { BrokerKind, StartedBroker } from '../../peers/brokers/broker.ts'
import { pemProblem, withMore } from '../../peers/brokers/external/external-place.ts'
import { brokers } from '../../peers/brokers/index.ts'
import { type Access, isTls } from '../../peers/reach/access.ts'
import { type PeerPlace, parseBrokerUrl } from '../../peers/reach/url.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import type { HostPort } from '../../text/address.ts'
import { didYouMean } from '../../text/nearest.ts'
import type { DeviceTlsOptions } from './device-tls.ts'

/** The broker behind the link. */
export interface Upstream extends AsyncDisposable {
  readonly address: Address
  /** The device speaks TLS with it, through a link that can't read it. */
  readonly tls: boolean
  readonly access: Access
  readonly broker: PeerVersion
  /** In words, for reports. */
  readonly at: string
}

const REACH_MS = 10_000

/** How the device is to come, as far as the broker's URL does not say it. */
interface Ways extends DeviceTlsOptions {
  /** Over a WebSocket, to a broker that is started here. */
  readonly websocket?: boolean
}

/** `mqtt://host:port`, `mqtts://`, `ws://`, `wss://`, or the name of one to start here. Complains where it can't be had. */
export async function openUpstream(text: string, clock: Clock, ways: Ways = {}): Promise<Upstream> {
  if (!text.includes('://')) return started(text, ways)
  if (ways.websocket) throw new Complaint('error: --websocket: of a broker that runs already ws:// says it', EXIT.usage)
  return running(text, clock, ways)
}

async function running(text: string, clock: Clock, options: DeviceTlsOptions): Promise<Upstream> {
  const { address, access } = withMore(placeFrom(text), {
    ca: options.brokerCa,
    cert: options.brokerCert,
    key: options.brokerKey,
  })
  const isSecure = isTls(access)
  if (options.tls && !isSecure) throw new Complaint('error: --tls: the broker is to be mqtts:// or wss://', EXIT.usage)
  const problem = await pemProblem(access)
  if (problem !== undefined) throw new Complaint(`error: --broker: ${problem}`, EXIT.usage)
  const why = await unreachable(address, clock)
  if (why !== undefined)
    throw new Complaint(
      `error: --broker: nothing answers at ${address.host}:${address.port}: ${why}`,
      EXIT.inconclusive,
    )
  const at = `${access.scheme}://${address.host}:${address.port}`
  const tls = isSecure && options.tls !== true
  const broker = { name: 'broker', version: 'unknown' }
  return { address, access, tls, at, broker, async [Symbol.asyncDispose]() {} }
}

function placeFrom(text: string): PeerPlace {
  const wrong = (why: string) => new Complaint(`error: --broker: ${why}`, EXIT.usage)
  const place = parseBrokerUrl(text)
  if (typeof place === 'string') throw wrong(place)
  const { access } = place
  if (access.username !== undefined || access.password !== undefined)
    throw wrong('leave out user and password: the device says its own')
  return place
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

async function started(name: string, { tls, websocket }: Ways): Promise<Upstream> {
  const kind = brokers.get(name)
  const given = { ...(tls && { tls }), ...(websocket && { websocket }) }
  const options = kind?.options.safeParse(given)
  const isMqtt = (each: BrokerKind) => each.dialect === undefined
  if (!kind || !options?.success || !isMqtt(kind)) {
    const fit = [...brokers.values()].filter(each => isMqtt(each) && each.options.safeParse(given).success)
    const known = fit.map(each => each.name)
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
    access: broker.access ?? { scheme: 'mqtt' },
    tls: false,
    broker: { name, version: broker.version },
    at: `${name}, started for this`,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}

const WILDCARDS = ['0.0.0.0', '::']

/** Where a device can be pointed: the address, or all addresses of this machine that it stands for. */
export const placesOf = ({ host, port }: HostPort): readonly string[] =>
  hostsOf({ host }).map(each => spelled(each, port))

/** The same without the port. */
export function hostsOf({ host }: Pick<HostPort, 'host'>): readonly string[] {
  if (!WILDCARDS.includes(host)) return [host]
  const own = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  const reachable = own.filter(({ internal, family }) => !internal && (host === '::' || family === 'IPv4'))
  const places = reachable.filter(({ scopeid = 0 }) => scopeid === 0).map(({ address }) => address)
  return places.length > 0 ? places : [host]
}

export const spelled = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
