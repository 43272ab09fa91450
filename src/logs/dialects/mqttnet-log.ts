/**
 * MQTTnet 3 and 4, a client for .NET, through MqttNetEventLogger (`[2025-06-14T22:00:00.6589500Z] [25] [MqttClient] [Verbose]: ...`).
 * Words: Source/MQTTnet/Adapter/MqttChannelAdapter.cs (`TX (2 bytes) >>> PingReq`, `RX (2 bytes) <<< PingResp`), Client/MqttClient.cs
 * (`Timeout while waiting for response packet (MqttPingRespPacket).`, `Disconnected.`), the packets' ToString in Packets/*.cs
 * (`Connect: [ClientId=x] ... [KeepAlivePeriod=15]`); dotnet/MQTTnet#532, #149, #1138.
 */
import { between, type Dialect, ended, NOTHING, packet, type Told } from '../dialect.ts'

const ONE = 'this client'

export const mqttnet: Dialect = {
  name: 'mqttnet',
  title: 'MQTTnet',
  seenBy: 'client',
  oneClient: ONE,
  read: reader(),
  fresh: () => ({ read: reader() }),
  dates: 'The handler of MqttNetEventLogger.LogMessagePublished has to write them: LogMessage.ToString() does',
  packets: 'the level Verbose of its logger',
  looksLike: text =>
    /\bMQTTnet\b|\[Mqtt(?:Client|ChannelAdapter|NetLogger)[\w.]*\] \[|^[TR]X (?:\(\d+ bytes\) )?(?:>>>|<<<) /i.test(
      text,
    ),
}

const TRAFFIC = /^(TX|RX) (?:\(\d+ bytes\) )?(?:>>>|<<<) (?:Mqtt)?(\w+?)(?:Packet)?(?::|$| )(.*)$/
const COMMANDS: Readonly<Record<string, string>> = {
  Connect: 'CONNECT',
  ConnAck: 'CONNACK',
  PingReq: 'PINGREQ',
  PingResp: 'PINGRESP',
  Publish: 'PUBLISH',
  PubAck: 'PUBACK',
  PubRec: 'PUBREC',
  PubRel: 'PUBREL',
  PubComp: 'PUBCOMP',
  Subscribe: 'SUBSCRIBE',
  SubAck: 'SUBACK',
  Unsubscribe: 'UNSUBSCRIBE',
  UnsubAck: 'UNSUBACK',
  Disconnect: 'DISCONNECT',
}
const QOS: Readonly<Record<string, number>> = { AtMostOnce: 0, AtLeastOnce: 1, ExactlyOnce: 2 }

/** Words of its own are only taken behind the name of its source and its level: `Disconnected.` says everybody. */
const SOURCE = /^\[Mqtt\w{1,60}(?:\.\w{1,60})?\] \[(?:Verbose|Info|Information|Warning|Error|Debug)\]:? ?/

function reader(): Dialect['read'] {
  let client = ONE
  let keepaliveS: number | undefined
  let isOpen = false
  const over = (how: Told['how'] & string, reason: string): readonly Told[] => {
    if (!isOpen) return NOTHING
    isOpen = false
    return [ended(client, how, reason)]
  }
  const passed = (way: string, cmd: string, rest: string): readonly Told[] => {
    if (cmd === 'CONNECT') {
      client = between(rest, '[ClientId=', ']') || ONE
      keepaliveS = number(between(rest, '[KeepAlivePeriod=', ']'))
      return NOTHING
    }
    if (cmd === 'CONNACK') {
      const told = connack(client, keepaliveS, rest)
      isOpen = told[0]?.what === 'connect'
      return told
    }
    const qos = QOS[between(rest, '[QoSLevel=', ']') ?? '']
    const told = packet(
      way === 'TX' ? 'up' : 'down',
      cmd,
      client,
      qos,
      number(between(rest, '[PacketIdentifier=', ']')),
    )
    return cmd === 'DISCONNECT' && way === 'TX' ? [told, ...over('disconnect', 'DISCONNECT')] : [told]
  }
  return text => {
    const source = SOURCE.exec(text)?.[0]
    const words = source === undefined ? text : text.slice(source.length)
    const [, way, name = '', rest = ''] = TRAFFIC.exec(words) ?? []
    const cmd = COMMANDS[name]
    if (way !== undefined && cmd !== undefined) return passed(way, cmd, rest)
    if (source === undefined) return undefined
    if (/^Timeout while waiting for (?:response packet \(MqttPingRespPacket\)|PingResp)/i.test(words))
      return over('ping-unanswered', 'no PINGRESP')
    if (/^(?:MQTT communication exception|Communication error) while (?:sending|receiving)/.test(words))
      return over(/reset|10054/.test(words) ? 'rst' : 'closed', 'communication error')
    return /^Disconnected\.?$/.test(words) ? over('closed', 'disconnected') : NOTHING
  }
}

/** `ConnAck: [ReturnCode=ConnectionAccepted] [ReasonCode=Success] [IsSessionPresent=False]`; MQTT 3.1.1 has the first, 5.0 the second. */
function connack(client: string, keepaliveS: number | undefined, details: string): readonly Told[] {
  const code = between(details, '[ReturnCode=', ']') ?? between(details, '[ReasonCode=', ']') ?? 'Success'
  if (code !== 'Success' && code !== 'ConnectionAccepted')
    return [{ what: 'refused', client, reason: `CONNACK ${code}` }]
  return [{ what: 'connect', client, ...(keepaliveS === undefined ? {} : { keepaliveS }) }]
}

const number = (digits: string | undefined): number | undefined =>
  digits === undefined || !/^\d+$/.test(digits) ? undefined : Number(digits)
