/**
 * Moquette 0.15 to 0.18: io.moquette.broker.metrics.MQTTMessageLogger (`C->B PUBLISH <id> ...`, moquette#864; `Channel Inactive`) and
 * io.moquette.broker.MoquetteIdleTimeoutHandler, MQTTConnection (`passed keep alive. MqttClientId = id.`). By the log4j.properties of its
 * distribution the channel, the client's name where it is known, and the kind of the packet stand before that:
 * `[id: 0x57803425, L:/192.0.2.1:1883 - R:/192.0.2.7:59520][name][PINGREQ] INFO  MQTTMessageLogger ...`.
 */
import { between, type Dialect, ended, NOTHING, packet, type Told } from '../dialect.ts'

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

/** A CONNECT has no client id yet: a session is known by the first line that names one. */
function reader(): Dialect['read'] {
  const open = new Set<string>()
  /** The address of each channel whose client is not known yet, by its id. */
  const unnamed = new Map<string, string>()
  /** Whose keep-alive ran out: the line names no channel, and the next one of the channel is its end. */
  const idle = new Set<string>()
  let hasChannels = false

  const gone = (client: string, told: Told): readonly Told[] => {
    open.delete(client)
    idle.delete(client)
    return [told]
  }

  /** The session, where this is the first line that names its client. */
  function began(client: string, channel: RegExpExecArray | null): readonly Told[] {
    const address = channel && unnamed.get(channel[1] ?? '')
    if (open.has(client) && address === undefined) return NOTHING
    if (channel) unnamed.delete(channel[1] ?? '')
    open.add(client)
    return [{ what: 'connect', client, ...(address ? { address, late: true } : {}) }]
  }

  function inactive(channel: RegExpExecArray): readonly Told[] {
    const [, , address, client] = channel
    const start = client === undefined ? NOTHING : began(client, unnamed.has(channel[1] ?? '') ? channel : null)
    unnamed.delete(channel[1] ?? '')
    if (client === undefined) return [ended(undefined, 'closed', 'channel inactive', address)]
    const isIdle = idle.has(client)
    if (!open.has(client)) return start
    return [...start, ...gone(client, ended(client, isIdle ? 'timeout' : 'closed', 'channel inactive', address))]
  }

  return text => {
    const idleClient = idleOf(text)
    if (idleClient !== undefined) {
      if (!hasChannels) return gone(idleClient, ended(idleClient, 'timeout', 'passed keep alive'))
      idle.add(idleClient)
      return NOTHING
    }
    const closed = text.endsWith('>') ? between(text, 'Channel closed <', '>') : undefined
    if (closed !== undefined)
      return closed === 'null' ? NOTHING : gone(closed, ended(closed, 'closed', 'channel closed'))
    const channel = CHANNEL.exec(text)
    if (text.endsWith('Channel Inactive')) return channel ? inactive(channel) : NOTHING
    const passed = passedIn(text)
    if (!passed) return undefined
    const [way, cmd, client] = passed
    if (channel && cmd === 'CONNECT' && client === 'null') {
      hasChannels = true
      if (unnamed.size < MOST_CHANNELS) unnamed.set(channel[1] ?? '', channel[2] ?? '')
      return [{ what: 'socket', address: channel[2] ?? '' }]
    }
    if (client === 'null' || client === '') return NOTHING
    const start = cmd === 'CONNECT' ? [{ what: 'connect', client } as const] : began(client, channel)
    if (cmd === 'CONNECT') open.add(client)
    if (cmd === 'DISCONNECT' && way === '->')
      return [...start, ...gone(client, ended(client, 'disconnect', 'DISCONNECT'))]
    return cmd === 'CONNECT' ? start : [...start, packet(way === '->' ? 'up' : 'down', cmd, client)]
  }
}
