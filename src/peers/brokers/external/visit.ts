import { randomBytes } from 'node:crypto'
import type { MqttClient } from 'mqtt'
import { realClock } from '../../../clock/real.ts'
import { reach } from '../../clients/mqttjs/mqtt-module.ts'
import { type PeerPlace, placeName } from '../../reach/url.ts'

/** Why a broker can't be used, in words; OpenSSL's and the system's own names are too many to know. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nobody listens there'],
  [/ENOTFOUND|EAI_AGAIN|EAI_NODATA/, 'its name is not known'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to it'],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired'],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet'],
  [/ERR_TLS_CERT_ALTNAME_INVALID/, 'its certificate is for another name; `servername` says for which'],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA|INVALID_PURPOSE/,
    'its certificate is not signed by a CA that is trusted here; `ca` names one',
  ],
  [
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/,
    'it refuses TLS without a client certificate that suits it; `cert` and `key` name one',
  ],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|ACCESS_DENIED|DECRYPT_ERROR)/,
    'it does not accept the client certificate',
  ],
  [/NO_APPLICATION_PROTOCOL/, 'it speaks none of the protocols of `alpn`'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|EPROTO/, 'it does not speak TLS there'],
  [/Unexpected server response: (\d+)/, 'it opens no WebSocket there'],
  // The words of mqtt-packet 9.0.2 (parser.js, constants.js) about bytes that are no packet.
  [
    /^ (Invalid |Cannot parse |Unknown property|Malformed |Not supported|Packet |Connect flag )/,
    'it does not speak MQTT there',
  ],
  [/ECONNRESET|EPIPE/, 'it ends the connection at once'],
  [/connack timeout|ETIMEDOUT/, 'it does not answer in time'],
]

/** `nobody listens there (ECONNREFUSED)`. No message of a socket or of TLS has a secret in it. */
function plainReason(error: unknown): string {
  const { message = String(error), code } = error as { message?: string; code?: string | number }
  const told = `${code ?? ''} ${message}`
  const known = REASONS.find(([pattern]) => pattern.test(told))?.[1]
  const own = typeof code === 'string' ? code : message
  return known === undefined ? message : `${known} (${own})`
}

/** TCP, TLS and CONNACK, over the internet too. */
const ANSWER_LIMIT_MS = 5000
/** A retained message comes right behind the SUBACK. */
const VERSION_LIMIT_MS = 500
/** A CONNACK, a SUBACK and a version are some hundred bytes. MQTT.js would wait for a packet of 268 MB, and hold it. */
const MOST_BYTES = 32 * 1024
/** MQTT 3.1.1 §3.1.2.10; short enough for a broker that limits it (max_keepalive, keepaliveLimit). */
const KEEPALIVE_S = 10

/** What a broker tells of itself. */
export interface Visited {
  readonly name?: string
  readonly version: string
}

const clock = realClock()
const known = new Map<string, Promise<Visited>>()

/**
 * Connects once, as clients will, and asks who it is. The answer is kept, for all scenarios with the same broker. Rejects with
 * the plain reason where it can't be used.
 */
export function visit(place: PeerPlace): Promise<Visited> {
  const key = JSON.stringify(place)
  const visiting = known.get(key) ?? connectOnce(place)
  known.set(key, visiting)
  // It may be there the next time.
  visiting.catch(() => known.delete(key))
  return visiting
}

async function connectOnce(place: PeerPlace): Promise<Visited> {
  const { default: mqtt } = await import('mqtt')
  const client = mqtt.connect({
    ...reach(place.address, place.access),
    clientId: `how-visit-${randomBytes(4).toString('hex')}`,
    reconnectPeriod: 0,
    connectTimeout: ANSWER_LIMIT_MS,
    keepalive: KEEPALIVE_S,
  })
  const flooded = new Promise<never>((_, reject) => limitBytes(client, reject))
  try {
    const visiting = connected(client).then(isIn => (isIn ? ask(client) : { version: 'unknown' }))
    return await Promise.race([visiting, flooded])
  } catch (error) {
    throw new Error(`${placeName(place)}: ${(error as Error).message}`)
  } finally {
    client.end(true)
  }
}

function limitBytes({ stream }: MqttClient, tell: (error: Error) => void): void {
  let bytes = 0
  stream.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes <= MOST_BYTES) return
    tell(new Error('it sends more than it was asked for'))
    stream.destroy()
  })
}

/** False where it answers, but takes no such CONNECT. Rejects where nobody can use it. */
function connected(client: MqttClient): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let last: unknown
    const fail = (error: unknown) => reject(new Error(plainReason(error)))
    // Once TLS is established MQTT.js keeps its errors to itself: TLS 1.3 tells of a missing client certificate only then.
    client.stream.on('error', error => {
      last = error
    })
    client.on('error', (error: Error & { code?: unknown }) => {
      if (typeof error.code !== 'number') fail(error)
      else if (REFUSALS[error.code]) reject(new Error(`${REFUSALS[error.code]} (CONNACK ${error.code})`))
      else resolve(false)
    })
    client.once('close', () => fail(last ?? new Error('it closes the connection instead of sending CONNACK')))
    client.once('connect', () => resolve(true))
  })
}

/** Codes of MQTT 3.1.1 §3.2.2.3 and 5.0 §3.2.2.2 that no other CONNECT would change. */
const REFUSALS: Readonly<Record<number, string>> = {
  3: 'it says that it is not available',
  4: 'it refuses user name and password',
  5: 'it refuses user name and password',
  134: 'it refuses user name and password',
  135: 'it refuses user name and password',
  136: 'it says that it is not available',
  138: 'it says that we are banned',
  140: 'it wants another way of authentication',
}

/** mosquitto tells in `$SYS/broker/version`: `mosquitto version 2.0.22`. Others keep to themselves. */
async function ask(client: MqttClient): Promise<Visited> {
  const told = new Promise<string>(resolve => {
    client.once('message', (_topic, payload) => resolve(payload.toString()))
    // Some end a connection that asks for what it may not see.
    client.once('close', () => resolve(''))
    client.subscribe('$SYS/broker/version')
  })
  const text = await Promise.race([told, clock.advanceTo(clock.nowMs() + VERSION_LIMIT_MS).then(() => '')])
  const [, name, version] = /^(\w+) version (\S+)$/.exec(text) ?? []
  return { ...(name ? { name } : {}), version: version ?? 'unknown' }
}
