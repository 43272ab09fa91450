/**
 * The same as known.ts and written.ts for logs that a client wrote of itself: what it saw of a cause, in the words of its program.
 * The sources of the words are named in src/logs/dialects.
 */
import { closingProxy, type Happened, type Known, type Random, Story } from './known.ts'
import { iso, lines } from './written.ts'

/** How much a client's program logs: every packet, its connections and how they end, that they end, or only that an answer was missing. */
type Shows = 'packets' | 'connections' | 'ends' | 'unanswered'

const ping = (story: Story, s: number, answered = true) => {
  if (answered) story.up(s, 'PINGREQ')
  else story.happened.push({ s, what: 'up', id: story.id, cmd: 'PINGREQ' })
}

/** The path forgets the connection at T < K: the ping is not answered, and the client gives up after K more. */
function silentPath(random: Random): Known {
  const k = random.one(60, 120, 300)
  const tS = Math.round(random.between(0.5, 0.95) * k)
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 9); i++) {
    story.connect(s)
    let last = s
    for (let n = 0; n < random.whole(1, 6); n++) {
      last += tS * random.between(0.1, 0.8)
      story.up(last, 'PUBLISH')
    }
    ping(story, last + k, false)
    story.end(last + 2 * k, 'ping-unanswered')
    s = last + 2 * k + random.between(1, 5)
  }
  return { truth: ['idle-timeout'], tS, happened: story.happened }
}

/** Each connection is ended at one age, however busy it is. */
function aged(random: Random): Known {
  const k = random.one(10, 15, 30, 60)
  const life = Math.round(k * random.between(2.2, 9)) + 1
  const story = new Story(random, k)
  let s = 0
  for (let i = 0; i < random.whole(5, 10); i++) {
    story.connect(s)
    for (let at = s + k; at < s + life - 0.5; at += k) ping(story, at)
    story.end(s + life, 'closed')
    s += life + random.between(0.5, 3)
  }
  return { truth: ['maximum-age'], happened: story.happened }
}

function lockedOut(random: Random): Known {
  const story = new Story(random, 60)
  const happened: Happened[] = []
  for (let i = 0; i < random.whole(5, 20); i++)
    happened.push({ s: i * random.between(4, 6), what: 'refused', id: story.id })
  return { truth: ['refused'], happened }
}

export const CLIENT_GENERATORS: Readonly<
  Record<string, { readonly make: (random: Random) => Known; readonly shows: readonly Shows[] }>
> = {
  silentPath: { make: silentPath, shows: ['packets', 'connections', 'unanswered'] },
  closingPath: { make: closingProxy, shows: ['packets'] },
  aged: { make: aged, shows: ['packets', 'connections', 'ends'] },
  lockedOut: { make: lockedOut, shows: ['packets', 'connections', 'ends'] },
}

const dashed = (atMs: number) => iso(atMs).slice(0, 23).replace('T', ' ').replace('.', ',')

/** Paho Python, `enable_logger()`. That a PINGRESP is missing is not logged: the next line is the next CONNECT. */
const pahoPython = (known: Known) => {
  let k = 60
  return lines(known, (each, atMs) => {
    const say = (text: string) => [`${dashed(atMs)} - DEBUG - ${text}`]
    const way = each.what === 'up' ? 'Sending' : 'Received'
    if (each.what === 'connect') k = each.k ?? 60
    const connect = `Sending CONNECT (u0, p0, wr0, wq0, wf0, c1, k${k}) client_id=b'${each.id}'`
    if (each.what === 'connect') return say(connect)
    if (each.what === 'refused') return [...say(connect), ...say('Received CONNACK (0, 5)')]
    if (each.what === 'end')
      return each.how === 'closed' ? say('failed to receive on socket: [Errno 104] Connection reset by peer') : []
    if (each.cmd === 'CONNACK') return say('Received CONNACK (0, 0)')
    if (each.cmd === 'PUBLISH') return say(`Sending PUBLISH (d0, q0, r0, m${each.mid ?? 1}), 'b'a/b'', ... (5 bytes)`)
    return each.cmd === undefined ? [] : say(`${way} ${each.cmd}`)
  })
}

/** MQTTProtocolClient.c, MQTTProtocol_keepalive, under MQTTClient_setTraceLevel. */
const pahoC = (known: Known) =>
  lines(known, ({ what, how, id }, atMs) =>
    what === 'end' && how === 'ping-unanswered'
      ? [`${packed(atMs)} PINGRESP not received in keepalive interval for client ${id} on socket 5, disconnecting`]
      : [],
  )

/** The same with MQTT_C_CLIENT_TRACE_LEVEL=PROTOCOL: src/Messages.c. */
const pahoCTrace = (known: Known) =>
  lines(known, ({ what, how, id, cmd, mid }, atMs) => {
    const say = (text: string) => `${packed(atMs)} ${text}`
    if (what === 'connect') return [say(`5 ${id} -> CONNECT version 4 clean: 1 (0)`), say(`5 ${id} <- CONNACK rc: 0`)]
    if (what === 'refused') return [say(`5 ${id} <- CONNACK rc: 5`)]
    if (what === 'end' && how === 'ping-unanswered')
      return [say(`PINGRESP not received in keepalive interval for client ${id} on socket 5, disconnecting`)]
    if (what === 'end')
      return how === 'disconnect'
        ? []
        : [say(`Socket error for client identifier ${id}, socket 5, peer address 10.0.0.1:1883; ending connection`)]
    if (cmd === undefined || cmd === 'CONNACK') return []
    const msgid = cmd === 'PUBLISH' ? ` msgid: ${mid ?? 0} qos: ${mid === undefined ? 0 : 1} retained: 0` : ''
    return [say(what === 'up' ? `5 ${id} -> ${cmd}${msgid} (0)` : `5 ${id} <- ${cmd}${msgid}`)]
  })

const packed = (atMs: number): string =>
  `${iso(atMs).slice(0, 10).replaceAll('-', '')} ${iso(atMs).slice(11, 23).replaceAll(':', '')}`

/** Paho Go's ping.go with mqtt.ERROR and mqtt.WARN set to loggers of `log`. */
const pahoGo = (known: Known) =>
  lines(known, ({ what, how }, atMs) =>
    what === 'end' && how === 'ping-unanswered'
      ? [
          `[CRIT] ${iso(atMs).slice(0, 19).replaceAll('-', '/').replace('T', ' ')} [pinger]   pingresp not received, disconnecting`,
        ]
      : [],
  )

/** Koenkk/zigbee2mqtt#27064. What can't be sent meanwhile is complained of again and again. */
const zigbee2mqtt = (known: Known) =>
  lines(known, ({ what, how }, atMs) => {
    const say = (level: string, text: string) =>
      `[${iso(atMs).slice(0, 19).replace('T', ' ')}] ${level}: \tz2m: ${text}`
    const lost = say('error', 'Not connected to MQTT server!')
    if (what === 'connect') return [say('info', 'Connected to MQTT server')]
    if (what === 'refused') return [say('error', 'MQTT error: Connection refused: Not authorized')]
    if (what !== 'end') return []
    if (how === 'disconnect') return [say('info', 'Disconnecting from MQTT server')]
    return how === 'ping-unanswered' ? [say('error', 'MQTT error: Keepalive timeout'), lost, lost] : [lost, lost]
  })

/** homeassistant/components/mqtt/client.py; reason codes of Paho Python 2. */
const homeAssistant = (known: Known) =>
  lines(known, ({ what, how }, atMs) => {
    const say = (level: string, text: string) => [
      `${iso(atMs).slice(0, 23).replace('T', ' ')} ${level} (MainThread) [homeassistant.components.mqtt.client] ${text}`,
    ]
    if (what === 'connect') return say('INFO', 'Connected to MQTT server core-mosquitto:1883 (Success)')
    if (what === 'refused') return say('ERROR', 'Unable to connect to the MQTT broker: Not authorized')
    if (what !== 'end') return []
    return say(
      'WARNING',
      `Disconnected from MQTT server core-mosquitto:1883 (${how === 'closed' ? '7' : how === 'disconnect' ? '0' : '16'})`,
    )
  })

/** `log_level_set("mqtt_client", ESP_LOG_DEBUG)`; stamps are milliseconds since the start. */
const espIdf = (known: Known) => {
  let firstMs: number | undefined
  return lines(known, ({ what, how, cmd }, atMs) => {
    firstMs ??= atMs - 3000
    const at = `(${atMs - firstMs})`
    if (what === 'connect') return [`I ${at} MQTT_EXAMPLE: MQTT_EVENT_CONNECTED`]
    if (what === 'refused') return [`E ${at} mqtt_client: Connection refused, not authorized`]
    // It says nothing where its own program stops it.
    if (what === 'end' && how === 'disconnect') return []
    if (what === 'end')
      return [
        how === 'ping-unanswered'
          ? `E ${at} mqtt_client: No PING_RESP, disconnected`
          : `E ${at} mqtt_client: mqtt_message_receive: transport_read() error: errno=104`,
        `I ${at} MQTT_EXAMPLE: MQTT_EVENT_DISCONNECTED`,
      ]
    if (cmd === 'PINGREQ') return [`D ${at} mqtt_client: Sent PING successful`]
    return cmd === 'PINGRESP' ? [`D ${at} mqtt_client: MQTT_MSG_TYPE_PINGRESP`] : []
  })
}

const esphome = (known: Known) =>
  lines(known, ({ what, how }, atMs) => {
    const say = (level: string, text: string) => [`[${iso(atMs).slice(11, 19)}][${level}][mqtt:257]: MQTT ${text}`]
    if (what === 'connect') return say('I', 'Connected!')
    if (what === 'refused') return say('W', 'Disconnected: Not Authorized.')
    return what === 'end' && how !== 'disconnect' ? say('W', 'Disconnected: TCP disconnected.') : []
  })

const tasmota = (known: Known) =>
  lines(known, ({ what, how }, atMs) => {
    const say = (text: string) => [`${iso(atMs).slice(11, 23)} MQT: ${text}`]
    const failed = (code: number) => say(`Connect failed to 192.0.2.1:1883, rc ${code}. Retry in 10 sec`)
    if (what === 'connect') return say('Connected')
    if (what === 'refused') return failed(5)
    return what === 'end' && how !== 'disconnect' ? failed(how === 'ping-unanswered' ? -4 : -3) : []
  })

/** MQTT.js 5 with DEBUG=mqttjs*: in a file with dates, or as a terminal shows it, with the time since the line before. */
const mqttjs = (dated: boolean) => (known: Known) => {
  let lastMs: number | undefined
  return lines(known, (each, atMs) => {
    const say = (...texts: readonly string[]) =>
      texts.map(text => {
        const since = atMs - (lastMs ?? atMs)
        lastMs = atMs
        return dated
          ? `${iso(atMs).slice(0, 23)}Z mqttjs:client ${text}`
          : `  mqttjs:client ${text} +${Math.round(since)}ms`
      })
    const { what, how, id, cmd, k } = each
    if (what === 'connect')
      return [
        ...say('connect: sending packet `connect`', `_writePacket :: packet: { cmd: 'connect', clientId: '${id}' }`),
        ...say('_writePacket :: emitting `packetsend`', `_setupKeepaliveManager :: keepalive ${k} (seconds)`),
      ]
    if (what === 'refused')
      return say('reconnectTimer :: reconnect triggered!', '_handleConnack :: connection refused with reason code 5')
    if (what === 'end' && how === 'disconnect')
      return say("_writePacket :: packet: { cmd: 'disconnect' }", '_writePacket :: emitting `packetsend`')
    const over =
      how === 'ping-unanswered'
        ? 'onKeepaliveTimeout :: calling _cleanUp with force true'
        : 'streamErrorHandler :: error read ECONNRESET'
    if (what === 'end') return say(over, `(${id})stream :: on close`)
    if (cmd === 'PINGRESP') return say('_handlePacket :: received pingresp')
    if (cmd === undefined || cmd === 'CONNACK') return []
    if (what === 'down') return say("handlePublish: packet Packet { cmd: 'publish', qos: 0 }")
    return say(`_writePacket :: packet: { cmd: '${cmd.toLowerCase()}' }`, '_writePacket :: emitting `packetsend`')
  })
}

/** MqttNetEventLogger, level Verbose: MqttChannelAdapter.cs and MqttClient.cs of MQTTnet 4. */
const mqttnet = (known: Known) =>
  lines(known, ({ what, how, id, cmd, k }, atMs) => {
    const say = (source: string, level: string, text: string) =>
      `[${iso(atMs).slice(0, 23)}0000Z] [25] [${source}] [${level}]: ${text}`
    const wire = (text: string) => say('MqttClient.MqttChannelAdapter', 'Verbose', text)
    const connect = `TX (25 bytes) >>> Connect: [ClientId=${id}] [Username=] [Password=] [KeepAlivePeriod=${k ?? 60}] [CleanSession=True]`
    const connack = (code: string) =>
      wire(`RX (4 bytes) <<< ConnAck: [ReturnCode=${code}] [ReasonCode=] [IsSessionPresent=False]`)
    if (what === 'connect')
      return [wire(connect), connack('ConnectionAccepted'), say('MqttClient', 'Info', 'Connected.')]
    if (what === 'refused') return [wire(connect), connack('ConnectionRefusedNotAuthorized')]
    if (what === 'end' && how === 'disconnect')
      return [wire('TX (2 bytes) >>> Disconnect: [ReasonCode=NormalDisconnection]')]
    const why =
      how === 'ping-unanswered'
        ? 'Timeout while waiting for response packet (MqttPingRespPacket).'
        : 'Communication error while receiving packets.'
    if (what === 'end') return [say('MqttClient', 'Warning', why), say('MqttClient', 'Info', 'Disconnected.')]
    if (cmd === undefined || cmd === 'CONNACK') return []
    const name = { PINGREQ: 'PingReq', PINGRESP: 'PingResp', PUBLISH: 'Publish: [Topic=a] [QoSLevel=AtMostOnce]' }[cmd]
    return name === undefined ? [] : [wire(what === 'up' ? `TX (2 bytes) >>> ${name}` : `RX (2 bytes) <<< ${name}`)]
  })

const nodeRed = (known: Known) =>
  lines(known, ({ what }, atMs) => {
    const [, day, month] = new Date(atMs).toUTCString().split(' ')
    const say = (text: string) => [
      `${day} ${month} ${iso(atMs).slice(11, 19)} - [info] [mqtt-broker:7] ${text} broker: hub@mqtt://192.0.2.1:1883`,
    ]
    if (what === 'connect') return say('Connected to')
    if (what === 'refused') return say('Connection failed to')
    return what === 'end' ? say('Disconnected from') : []
  })

export const CLIENT_WRITERS: Readonly<
  Record<string, { readonly shows: Shows; readonly write: (known: Known) => string }>
> = {
  'Paho Python': { shows: 'packets', write: pahoPython },
  'Paho C, PROTOCOL': { shows: 'packets', write: pahoCTrace },
  'Paho C': { shows: 'unanswered', write: pahoC },
  'Paho Go': { shows: 'unanswered', write: pahoGo },
  Zigbee2MQTT: { shows: 'connections', write: zigbee2mqtt },
  'Home Assistant': { shows: 'connections', write: homeAssistant },
  'ESP-IDF': { shows: 'connections', write: espIdf },
  Tasmota: { shows: 'connections', write: tasmota },
  ESPHome: { shows: 'ends', write: esphome },
  'MQTT.js': { shows: 'packets', write: mqttjs(true) },
  'MQTT.js in a terminal': { shows: 'packets', write: mqttjs(false) },
  MQTTnet: { shows: 'packets', write: mqttnet },
  'Node-RED': { shows: 'ends', write: nodeRed },
}
