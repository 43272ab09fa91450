/**
 * MQTT.js 2 to 5 under `DEBUG=mqttjs*`: src/lib/client.ts, src/lib/handlers/; what stands around its text is of the package debug 4
 * (src/node.js, formatArgs): `2024-06-01T12:00:00.000Z mqttjs:client text` in a file, and in a terminal `  mqttjs:client text +5ms`,
 * each line of an object with the name before it; `+5ms` is the time since the line of that name before.
 */

import { type Dialect, ended, howOf, NOTHING, packet, type Told } from '../dialect.ts'
import type { EndHow } from '../log-event.ts'

const NAME = /^(?:mqttjs(?::[\w-]{1,20})?|mqtt-packet:\w{1,20})(?: |$)/
/** A line of an object that is shown over several lines, or of a stack behind an error. */
const PART = /^(?: {2,}(?:\w{1,30}: |'[^']{1,60}': |at |<Buffer |[[\]{}])|[}\]]+,?$)/
const SINCE = / \+(\d{1,9})(ms|s|m|h|d)$/
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const WRITES = /^(?:_writePacket|_?sendPacket) :: packet: /
const FAILED = 'streamErrorHandler :: error '
/** Characters of a reason that are shown. */
const REASON_LENGTH = 80
const FIELD = /^\s*(?:\{ )?(cmd|clientId|messageId|qos): '?([^',]{0,200})'?/

/** What is known of the packet that is being written. */
interface Writing {
  cmd?: string
  qos?: number
  mid?: number
}

function reader(): Dialect['read'] {
  const log = new DebugLog()
  return text => log.read(text)
}

class DebugLog {
  #client: string | undefined
  #writing: Writing | undefined
  /** That it has ended was told already, with its reason. */
  #isOver = true
  #elapsedMs = 0

  read(text: string): readonly Told[] | undefined {
    const own = NAME.exec(text)?.[0]
    if (own === undefined) return PART.test(text) && this.#field(text) ? NOTHING : undefined
    const since = SINCE.exec(text)
    const words = text.slice(own.length, since?.index)
    if (!own.startsWith('mqttjs:client')) return NOTHING
    // The lines of an object are one message, and the last of them has the time.
    if (since) this.#elapsedMs += Number(since[1]) * (UNIT_MS[since[2] ?? ''] ?? 0)
    if (this.#writing && PART.test(words)) {
      this.#field(words)
      return NOTHING
    }
    const all = this.#told(words)
    return since ? all.map(each => ({ ...each, ownMs: this.#elapsedMs })) : all
  }

  get #name(): string {
    return this.#client ?? 'this client'
  }

  /** A field of the packet that is being written. */
  #field(text: string): boolean {
    const of = this.#writing
    const [, name, value = ''] = (of && FIELD.exec(text)) ?? []
    if (!of || name === undefined) return false
    if (name === 'cmd') of.cmd ??= value.toUpperCase()
    else if (name === 'clientId') this.#client = value
    else if (name === 'messageId') of.mid = Number(value)
    else of.qos ??= Number(value)
    return true
  }

  #told(text: string): readonly Told[] {
    this.#client = clientIn(text) ?? this.#client
    if (WRITES.test(text)) {
      this.#writing = {}
      for (const part of text.slice(text.indexOf('{') + 1).split(', ')) this.#field(part)
      return NOTHING
    }
    if (/^(?:_writePacket|_?sendPacket) :: emitting `packetsend`/.test(text)) return this.#sent()
    const k = /^_setup(?:KeepaliveManager|PingTimer) :: keepalive (\d{1,5}) \(seconds\)/.exec(text)?.[1]
    if (k !== undefined) {
      this.#isOver = false
      return [{ what: 'connect', client: this.#name, keepaliveS: Number(k) }]
    }
    const refused = /^_handleConnack :: connection refused with reason code (\d{1,3})/.exec(text)?.[1]
    if (refused !== undefined) return [{ what: 'refused', client: this.#name, reason: `CONNACK ${refused}` }]
    if (/^(?:onKeepaliveTimeout|_checkPing) :: calling _cleanUp with force true/.test(text))
      return this.#over('ping-unanswered', 'Keepalive timeout')
    if (text.startsWith(FAILED))
      return this.#over(howOf(text), text.slice(FAILED.length, FAILED.length + REASON_LENGTH))
    if (/^\([^)]{0,200}\)stream :: on close/.test(text)) return this.#over('closed', 'stream closed')
    return received(text, this.#name)
  }

  #sent(): readonly Told[] {
    const { cmd, qos, mid } = this.#writing ?? {}
    this.#writing = undefined
    if (cmd === undefined || cmd === 'CONNECT') return NOTHING
    return cmd === 'DISCONNECT' ? this.#over('disconnect', 'DISCONNECT') : [packet('up', cmd, this.#name, qos, mid)]
  }

  #over(how: EndHow, reason: string): readonly Told[] {
    if (this.#isOver) return NOTHING
    this.#isOver = true
    return [ended(this.#client, how, reason)]
  }
}

const clientIn = (text: string): string | undefined =>
  /^MqttClient :: clientId (\S.{0,199})$/.exec(text)?.[1] ??
  /^(?:\(|(?:_sendPacket|_cleanUp|end) :: \()([^)]{1,200})\)/.exec(text)?.[1]

function received(text: string, client: string): readonly Told[] {
  if (text === '_handlePacket :: received pingresp') return [packet('down', 'PINGRESP', client)]
  const ack = /^_handleAck :: packet type (\w{3,8})$/.exec(text)?.[1]
  if (ack !== undefined) return [packet('down', ack.toUpperCase(), client)]
  if (!/^_?handlePublish: packet /.test(text)) return NOTHING
  const [qos, mid] = [/\bqos: ([012])/.exec(text)?.[1], /\bmessageId: (\d{1,5})/.exec(text)?.[1]]
  return [packet('down', 'PUBLISH', client, Number(qos ?? 0), mid === undefined ? undefined : Number(mid))]
}

export const mqttjs: Dialect = {
  name: 'mqttjs',
  title: 'MQTT.js (DEBUG=mqttjs*)',
  seenBy: 'client',
  oneClient: 'this client',
  dates: 'It writes them where stderr is a file and DEBUG_HIDE_DATE is not set: DEBUG="mqttjs*" node app.js 2> FILE',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => NAME.test(text) || PART.test(text),
}
