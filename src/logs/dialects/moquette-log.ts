/**
 * Moquette 0.15 to 0.18: io.moquette.broker.metrics.MQTTMessageLogger (`C->B PUBLISH <id> ...`, moquette#864; `Channel Inactive`) and
 * io.moquette.broker.MoquetteIdleTimeoutHandler, MQTTConnection (`passed keep alive. MqttClientId = id.`). By the log4j.properties of its
 * distribution the channel, the client's name where it is known, and the kind of the packet stand before that:
 * `[id: 0x57803425, L:/192.0.2.1:1883 - R:/192.0.2.7:59520][name][PINGREQ] INFO  MQTTMessageLogger ...`.
 */
import { between, type Dialect, ended, NOTHING, packet, type Told } from '../dialect.ts'

const PASSED = /^C(->|<-)B ([A-Z]{4,11})(?: client)? </
const CHANNEL = /\[id: (0x[0-9a-f]{1,16}), L:\/[^\]\s]{1,64} [-!] R:\/([^\]\s]{1,64})\](?:\[([^\]]{1,200})\])?/

const idleOf = (text: string): string | undefined =>
  text.includes('passed keep alive') || text.includes('Firing channel inactive event')
    ? text.slice(text.indexOf('MqttClientId = ') + 15).replace(/\.$/, '')
    : undefined

/** `C->B PUBLISH <id> ...`, wherever the logger puts it. */
function passedIn(text: string): readonly [way: string, cmd: string, client: string] | undefined {
  const at = Math.max(text.indexOf('C->B '), text.indexOf('C<-B '))
  const [opening = '', way = '', cmd = ''] = at < 0 ? [] : (PASSED.exec(text.slice(at, at + 60)) ?? [])
  const from = at + opening.length
  const to = text.indexOf('>', from)
  return opening === '' || to < 0 ? undefined : [way, cmd, text.slice(from, to)]
}

const MOST_CHANNELS = 100_000

function reader(): Dialect['read'] {
  const channels = new Channels()
  return text => {
    const idle = idleOf(text)
    if (idle !== undefined) return channels.idle(idle)
    const closed = text.endsWith('>') ? between(text, 'Channel closed <', '>') : undefined
    if (closed !== undefined) return closed === 'null' ? NOTHING : channels.closed(closed)
    const channel = CHANNEL.exec(text)
    if (text.endsWith('Channel Inactive')) return channel ? channels.inactive(channel) : NOTHING
    const passed = passedIn(text)
    return passed && channels.passed(channel, ...passed)
  }
}

/** A CONNECT has no client id yet: a session is known by the first line that names one. */
class Channels {
  readonly #open = new Set<string>()
  /** The address of each channel whose client is not known yet, by its id. */
  readonly #unnamed = new Map<string, string>()
  /** Whose keep-alive ran out: the line names no channel, and the next one of the channel is its end. */
  readonly #idle = new Set<string>()
  #hasChannels = false

  idle(client: string): readonly Told[] {
    if (!this.#hasChannels) return this.#gone(client, ended(client, 'timeout', 'passed keep alive'))
    this.#idle.add(client)
    return NOTHING
  }

  closed(client: string): readonly Told[] {
    return this.#gone(client, ended(client, 'closed', 'channel closed'))
  }

  inactive([, id = '', address, client]: RegExpExecArray): readonly Told[] {
    if (client === undefined) {
      this.#unnamed.delete(id)
      return [ended(undefined, 'closed', 'channel inactive', address)]
    }
    const start = this.#unnamed.has(id) ? this.#began(client, id) : NOTHING
    if (!this.#open.has(client)) return start
    const how = this.#idle.has(client) ? 'timeout' : 'closed'
    return [...start, ...this.#gone(client, ended(client, how, 'channel inactive', address))]
  }

  passed(channel: RegExpExecArray | null, way: string, cmd: string, client: string): readonly Told[] {
    const [, id = '', address = ''] = channel ?? []
    if (channel && cmd === 'CONNECT' && client === 'null') {
      this.#hasChannels = true
      if (this.#unnamed.size < MOST_CHANNELS) this.#unnamed.set(id, address)
      return [{ what: 'socket', address }]
    }
    if (client === 'null' || client === '') return NOTHING
    if (cmd === 'CONNECT') {
      this.#open.add(client)
      return [{ what: 'connect', client }]
    }
    const start = this.#began(client, id)
    if (cmd === 'DISCONNECT' && way === '->')
      return [...start, ...this.#gone(client, ended(client, 'disconnect', 'DISCONNECT'))]
    return [...start, packet(way === '->' ? 'up' : 'down', cmd, client)]
  }

  /** The session, where this is the first line that names its client. */
  #began(client: string, id: string): readonly Told[] {
    const address = this.#unnamed.get(id)
    if (this.#open.has(client) && address === undefined) return NOTHING
    this.#unnamed.delete(id)
    this.#open.add(client)
    return [{ what: 'connect', client, ...(address ? { address, late: true } : {}) }]
  }

  #gone(client: string, told: Told): readonly Told[] {
    this.#open.delete(client)
    this.#idle.delete(client)
    return [told]
  }
}

export const moquette: Dialect = {
  name: 'moquette',
  title: 'Moquette',
  seenBy: 'broker',
  read: reader(),
  fresh: () => ({ read: reader() }),
  dates: '%d in the ConversionPattern of config/log4j.properties lets it write them',
  packets: 'log4j.logger.io.moquette.broker.metrics.MQTTMessageLogger=INFO',
  looksLike: text => /\bmoquette\b|MQTTMessageLogger|\bC(?:->|<-)B [A-Z]+/i.test(text),
  besides: text =>
    /^(?:\[[\w-]{1,40}\]){1,2}.{0,200} (?:INFO|WARN|ERROR|DEBUG|TRACE) {1,2}\w+ \S+ \d+ {1,2}- /.test(text),
}
