/**
 * Mosquitto 1.4 to 2.1. Words: src/loop.c `do_disconnect` and src/handle_connect.c at 1.4.15, 1.5.8, 1.6.15, 2.0.11, 2.0.22,
 * 2.1.2; packets: `log__printf(..., MOSQ_LOG_DEBUG, "Received ...")` in src/handle_*.c, lib/handle_*.c and lib/send_*.c.
 */
import { type Dialect, ended, howOf, isAddress, NOTHING, packet, type Told } from '../dialect.ts'

const CONNECTED = /^New (?:client|bridge) connected from /
const DETAILS = /^ \((?:p\d+, )?c[01], k(\d{1,5})(?:, u'.*')?\)\.?$/
const BROKEN_OFF = / \((?:p\d|c[01])(?:,[^)(]{0,300})?$/
const ACK_DETAILS = /^ \((?:Mid|mid|m)?:? ?m?(\d{1,5})/
const WITH_ADDRESS = / \[([^\][]{1,64})\]$/

export const mosquitto: Dialect = {
  name: 'mosquitto',
  title: 'Mosquitto',
  seenBy: 'broker',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => /\bmosquitto\b/i.test(text),
  besides,
  dates: 'log_timestamp true in mosquitto.conf lets it write them',
  packets: 'log_type all',
}

/**
 * `Will message specified (1 bytes) (r0, q0).` has its topic on the next line, and nothing else: src/handle_connect.c. Behind `Received
 * SUBSCRIBE from ID` come lines that begin with that id, whatever it is made of: src/handle_subscribe.c.
 */
function reader(): Dialect['read'] {
  let isWill = false
  let subscriber: string | undefined
  return text => {
    if (subscriber !== undefined && isSubscription(text, subscriber)) return NOTHING
    const told = read(text)
    const wasWill = isWill
    isWill = told === NOTHING && text.startsWith('Will message specified (')
    if (told && text.startsWith(SUBSCRIBE)) subscriber = text.slice(SUBSCRIBE.length)
    return told ?? (wasWill ? NOTHING : undefined)
  }
}

const SUBSCRIBE = 'Received SUBSCRIBE from '
const isSubscription = (text: string, id: string): boolean =>
  text.startsWith(id) && /^ [012] /.test(text.slice(id.length, id.length + 3))

function read(text: string): readonly Told[] | undefined {
  switch (text.charCodeAt(0)) {
    case 82: // R
      return text.startsWith('Received ') ? passed(text, 9, ' from ', 'up') : undefined
    case 83: // S
      if (text.startsWith('Sending ')) return passed(text, 8, ' to ', 'down')
      return text.startsWith('Socket ') ? socketError(text) : saving(text)
    case 67: // C
      return text.startsWith('Client ') ? client(text) : undefined
    case 78: // N
      return news(text)
    case 66: // B
      return badSocket(text)
    case 109: // m
      return life(text)
    case 79: // O
      return text.startsWith('Opening ipv') || text.startsWith('Outgoing messages are being dropped')
        ? NOTHING
        : undefined
    case 68: // D
      return text.startsWith('Denied PUBLISH from ') ? denied(text) : undefined
    default:
      return text.startsWith('Will message specified (') ? NOTHING : undefined
  }
}

const saving = (text: string) => (text.startsWith('Saving in-memory database') ? NOTHING : undefined)

/** `Received PUBLISH from ID (d0, q1, r0, m7, 'topic', ... (3 bytes))`, `Sending PINGRESP to ID`. */
function passed(text: string, from: number, between: string, flow: 'up' | 'down'): readonly Told[] | undefined {
  const to = text.indexOf(between, from)
  if (to < 0) return text.startsWith('Received CONNACK on connection ') ? NOTHING : undefined
  const rest = to + between.length
  if (to === from + 7 && text.startsWith('PUBLISH', from)) return published(text, rest, flow)
  const cmd = text.slice(from, to)
  if (cmd === 'PINGREQ' || cmd === 'PINGRESP' || cmd === 'SUBSCRIBE' || cmd === 'SUBACK' || cmd === 'UNSUBSCRIBE')
    return alone(packet(flow, cmd, text.slice(rest)))
  if (!COMMANDS.has(cmd)) return undefined
  const open = lastOpen(text, rest)
  if (cmd === 'CONNACK') return connack(text.slice(rest, open), text.slice(open))
  const mid = ACK_DETAILS.exec(text.slice(open))?.[1]
  return alone(packet(flow, cmd, text.slice(rest, open), undefined, mid === undefined ? undefined : Number(mid)))
}

const COMMANDS = new Set(['CONNACK', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'UNSUBACK', 'DISCONNECT', 'AUTH'])

/** Where the details begin: an id may have blanks and brackets too. */
function lastOpen(text: string, from: number): number {
  const open = text.lastIndexOf(' (')
  return open > from && text.endsWith(')') ? open : text.length
}

/** ` (d0, q1, r0, m7, 'topic'`: a digit at each of three places, and the packet identifier behind the fourth letter. */
function published(text: string, from: number, flow: 'up' | 'down'): readonly Told[] | undefined {
  for (let open = text.indexOf(' (d', from), tries = 0; open > 0 && tries < 4; tries++) {
    if (text.startsWith(', q', open + 4) && text.startsWith(', r', open + 8) && text.startsWith(', m', open + 12)) {
      const qos = text.charCodeAt(open + 7) - 48
      const mid = qos === 0 ? undefined : Number.parseInt(text.slice(open + 15, open + 20), 10)
      return alone(packet(flow, 'PUBLISH', text.slice(from, open), qos, mid))
    }
    open = text.indexOf(' (d', open + 1)
  }
  return undefined
}

const one: Told[] = []
/** The list is the same each time: it is read before the next line is. */
function alone(told: Told): readonly Told[] {
  one[0] = told
  return one
}

function denied(text: string): readonly Told[] {
  const open = text.indexOf(' (d', 20)
  return [packet('up', 'PUBLISH', text.slice(20, open < 0 ? text.length : open))]
}

/** MQTT 3.1.1 §3.2.2.3 and MQTT 5.0 §3.2.2.2. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'protocol version not accepted',
  2: 'client identifier rejected',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorised',
  132: 'protocol version not accepted',
  133: 'client identifier rejected',
  134: 'bad user name or password',
  135: 'not authorised',
  136: 'server unavailable',
  137: 'server busy',
  138: 'banned',
  149: 'packet too large',
  159: 'connection rate exceeded',
}

function connack(client: string, details: string): readonly Told[] {
  const code = Number(/^ \(\d+, (\d+)\)$/.exec(details)?.[1] ?? 0)
  if (code === 0) return [packet('down', 'CONNACK', client)]
  const reason = REFUSALS[code] ?? `CONNACK ${code}`
  return [isAddress(client) ? { what: 'refused', reason, address: client } : { what: 'refused', reason, client }]
}

function news(text: string): readonly Told[] | undefined {
  if (text.startsWith('New connection from ')) {
    const to = text.indexOf(' on port ')
    return [{ what: 'socket', address: text.slice(20, to < 0 ? text.length - 1 : to) }]
  }
  const start = CONNECTED.exec(text)?.[0].length
  if (start === undefined) return text.startsWith('No will message specified') ? NOTHING : undefined
  const as = text.indexOf(' as ', start)
  if (as < 0) return undefined
  const address = text.slice(start, as)
  for (let open = text.indexOf(' (', as + 4); open > 0; open = text.indexOf(' (', open + 1)) {
    const details = DETAILS.exec(text.slice(open))
    if (details) return [{ what: 'connect', client: text.slice(as + 4, open), address, keepaliveS: Number(details[1]) }]
  }
  // Before 1.3 nothing followed the id; details that break off are those of a line that does.
  return [
    {
      what: 'connect',
      client: text
        .slice(as + 4)
        .replace(BROKEN_OFF, '')
        .replace(/\.$/, ''),
      address,
    },
  ]
}

const TAILS: readonly (readonly [string, (id: string) => Told])[] = [
  [' has exceeded timeout, disconnecting.', id => over(id, 'timeout', 'exceeded timeout')],
  [' closed its connection.', id => over(id, 'closed', 'closed its connection')],
  [' already connected, closing old connection.', id => over(id, 'taken-over', 'already connected')],
  [' been disconnected by administrative action.', id => over(id, 'broker', 'administrative action')],
  [' disconnected, not authorised.', id => refused(id, 'not authorised')],
  [' disconnected, no longer authorised.', id => over(id, 'broker', 'no longer authorised')],
  [' disconnected.', id => over(id, 'disconnect', 'disconnected')],
]

function client(text: string): readonly Told[] | undefined {
  for (const [tail, make] of TAILS) {
    if (text.endsWith(tail)) return [make(text.slice(7, text.length - tail.length))]
  }
  for (const between of [' disconnected: ', ' disconnected due to ']) {
    const to = text.lastIndexOf(between)
    if (to > 7) return [reasoned(text.slice(7, to), text.slice(to + between.length).replace(/\.$/, ''))]
  }
  return text.includes(' negotiated ') ||
    (text.includes(' connected with ') && !/ connected with (?:secret |the same client)/.test(text))
    ? NOTHING
    : undefined
}

function reasoned(id: string, reason: string): Told {
  if (reason === 'connection closed by client') return over(id, 'closed', reason)
  if (reason === 'not authorised') return refused(id, reason)
  if (/^(?:protocol error|malformed packet|oversize|using not allowed|out of memory)/.test(reason))
    return over(id, 'error', reason)
  return over(id, howOf(reason), reason)
}

/** `<unknown>`, before 1.2 `(null)`, and since 2.0 the address, stand for a connection that has not sent a CONNECT. */
function over(named: string, how: Told['how'] & string, reason: string): Told {
  const address = WITH_ADDRESS.exec(named)
  const id = address ? named.slice(0, address.index) : named
  const unknown = id === '<unknown>' || id === '(null)' || isAddress(id)
  return ended(unknown ? undefined : id, how, reason, address?.[1] ?? (isAddress(id) ? id : undefined))
}

function refused(named: string, reason: string): Told {
  const { client: id, address } = over(named, 'broker', reason)
  return {
    what: 'refused',
    reason,
    ...(id === undefined ? {} : { client: id }),
    ...(address === undefined ? {} : { address }),
  }
}

/** 1.x: src/loop.c; after `has exceeded timeout` it says so once more. */
function socketError(text: string): readonly Told[] | undefined {
  const found = /^Socket (?:read |write )?error on client (.*), disconnecting\.$/.exec(text)
  return found ? [over(found[1] ?? '', 'closed', 'socket error')] : undefined
}

function badSocket(text: string): readonly Told[] | undefined {
  if (!text.startsWith('Bad socket read/write on client ')) return undefined
  const to = text.lastIndexOf(': ')
  return to < 32 ? undefined : [over(text.slice(32, to), 'closed', text.slice(to + 2))]
}

function life(text: string): readonly Told[] | undefined {
  const found = /^mosquitto version \S+(?: \(build date [^)]*\))? (starting|running|terminating)/.exec(text)
  if (!found) return undefined
  if (found[1] === 'running') return NOTHING
  return [{ what: found[1] === 'starting' ? 'started' : 'stopped' }]
}

const OPENINGS =
  /^(?:Config |Loading |Plugin |Reloading |Warning:|Error|Expiring |Bridge |Connecting bridge |OpenSSL |TLS |Websockets |Restored |Starting in local |Create a |For more details|Using default|info: |\|-- )/

/** `\ttopic (QoS 1)` and `ID 1 topic`, of the client that the line before names. */
const SUBSCRIPTION = /^(?:.{1,200} [012] \S+|.*\(QoS [012]\))$/

/** What Home Assistant's add-on writes between, in 5.x by its script and in 6.x by mosquitto-go-auth. */
const ADD_ON =
  /^(?:\[INFO\] |INFO: )?found \S+ on Home Assistant|^time="[^"]*" level=\w+ msg=|^\[(?:cont-init|services|fix-attrs|s6-init)\b/

function besides(text: string): boolean {
  return OPENINGS.test(text) || SUBSCRIPTION.test(text) || ADD_ON.test(text)
}
