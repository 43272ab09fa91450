/**
 * Moquette 0.15 to 0.18: io.moquette.broker.metrics.MQTTMessageLogger (`C->B PUBLISH <id> ...`, moquette#864) and
 * io.moquette.broker.MoquetteIdleTimeoutHandler, MQTTConnection (`passed keep alive. MqttClientId = id.`).
 */
import { type Dialect, ended, NOTHING, packet, type Told } from '../dialect.ts'

export const moquette: Dialect = {
  name: 'moquette',
  title: 'Moquette',
  seenBy: 'broker',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => /\bmoquette\b|MQTTMessageLogger|\bC(?:->|<-)B [A-Z]+/i.test(text),
}

const PASSED = /C(->|<-)B ([A-Z]{4,11})(?: client)? <(.*?)>/
const IDLE = /(?:inactive, passed keep alive|Firing channel inactive event)\. MqttClientId = (.*?)\.?$/
const CLOSED = /Channel closed <(.*?)>$/

/** A CONNECT has no client id yet: a session begins with the first packet that names one. */
function reader(): Dialect['read'] {
  const open = new Set<string>()
  const gone = (client: string, told: Told): readonly Told[] => {
    open.delete(client)
    return [told]
  }
  return text => {
    const idle = IDLE.exec(text)?.[1]
    if (idle !== undefined) return gone(idle, ended(idle, 'timeout', 'passed keep alive'))
    const closed = CLOSED.exec(text)?.[1]
    if (closed !== undefined)
      return closed === 'null' ? NOTHING : gone(closed, ended(closed, 'closed', 'channel closed'))
    const [, way, cmd = '', client = ''] = PASSED.exec(text) ?? []
    if (way === undefined) return text.endsWith('Channel Inactive') ? NOTHING : undefined
    if (client === 'null' || client === '') return NOTHING
    const told = packet(way === '->' ? 'up' : 'down', cmd, client)
    if (cmd === 'DISCONNECT' && way === '->') return gone(client, ended(client, 'disconnect', 'DISCONNECT'))
    if (open.has(client) && cmd !== 'CONNECT') return [told]
    open.add(client)
    return cmd === 'CONNECT' ? [{ what: 'connect', client }] : [{ what: 'connect', client }, told]
  }
}
