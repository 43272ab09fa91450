/**
 * Moquette 0.15 to 0.18: io.moquette.broker.metrics.MQTTMessageLogger (`C->B PUBLISH <id> ...`, moquette#864) and
 * io.moquette.broker.MoquetteIdleTimeoutHandler, MQTTConnection (`passed keep alive. MqttClientId = id.`).
 */
import { between, type Dialect, ended, NOTHING, packet, type Told } from '../dialect.ts'

export const moquette: Dialect = {
  name: 'moquette',
  title: 'Moquette',
  seenBy: 'broker',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => /\bmoquette\b|MQTTMessageLogger|\bC(?:->|<-)B [A-Z]+/i.test(text),
}

const PASSED = /^C(->|<-)B ([A-Z]{4,11})(?: client)? </

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

/** A CONNECT has no client id yet: a session begins with the first packet that names one. */
function reader(): Dialect['read'] {
  const open = new Set<string>()
  const gone = (client: string, told: Told): readonly Told[] => {
    open.delete(client)
    return [told]
  }
  return text => {
    const idle = idleOf(text)
    if (idle !== undefined) return gone(idle, ended(idle, 'timeout', 'passed keep alive'))
    const closed = text.endsWith('>') ? between(text, 'Channel closed <', '>') : undefined
    if (closed !== undefined)
      return closed === 'null' ? NOTHING : gone(closed, ended(closed, 'closed', 'channel closed'))
    const passed = passedIn(text)
    if (!passed) return text.endsWith('Channel Inactive') ? NOTHING : undefined
    const [way, cmd, client] = passed
    if (client === 'null' || client === '') return NOTHING
    const told = packet(way === '->' ? 'up' : 'down', cmd, client)
    if (cmd === 'DISCONNECT' && way === '->') return gone(client, ended(client, 'disconnect', 'DISCONNECT'))
    if (open.has(client) && cmd !== 'CONNECT') return [told]
    open.add(client)
    return cmd === 'CONNECT' ? [{ what: 'connect', client }] : [{ what: 'connect', client }, told]
  }
}
