import { type Duration, keepalives, resolveDuration } from '../../model/duration.ts'
import { familyOf, type PeerRow } from './peer.ts'

/** How long an idle client of a family is silent on a healthy path: what a middlebox counts. */
export interface PingRule extends PeerRow {
  /** From one packet to the next PINGREQ. */
  readonly interval: Duration
  /** How much later that PINGREQ may come, since the client looks at its clock that seldom. */
  readonly late?: Duration
  /** No longer than this, whatever K; milliseconds. */
  readonly mostMs?: number
}

const K = keepalives

/** Those that do not simply ping K after the last packet. All others: K, as MQTT 3.1.1 [MQTT-3.1.2-23] and 5.0 [MQTT-3.1.2-20] say. */
const RULES: readonly PingRule[] = [
  {
    names: ['esp-mqtt'],
    versions: '*',
    interval: K(0.5),
    source: 'esp-mqtt 5a9ba05 mqtt_client.c:787-816 process_keepalive: PINGREQ at K/2',
  },
  {
    names: ['azure-iot-sdk-csharp', 'azure-iot-sdk', 'azure-iot-sdk-dotnet'],
    versions: '*',
    interval: K(0.25),
    source:
      'learn.microsoft.com MqttTransportSettings.KeepAliveInSeconds: a ping request 4 times in each keep-alive; default 300 s',
  },
  {
    names: ['azure-iot-sdk-c', 'azure-umqtt-c'],
    versions: '*',
    interval: K(1, -9000),
    source: 'azure-umqtt-c src/mqtt_client.c mqtt_client_dowork: whole seconds + KEEP_ALIVE_BUFFER_SEC (10) > K',
  },
  {
    names: ['async-mqtt-client', 'espmqttclient'],
    versions: '*',
    interval: K(0.7),
    source: 'async-mqtt-client and espMqttClient, loop(): PINGREQ at 0.7K since the last activity of either side',
  },
  {
    names: ['coremqtt', 'aws-iot-embedded-c'],
    versions: '*',
    interval: K(1),
    mostMs: 30_000,
    source: 'coreMQTT core_mqtt.c handleKeepAlive: the lesser of K and PACKET_TX_TIMEOUT_MS (30 s)',
  },
  {
    names: ['hivemq-client', 'hivemq'],
    versions: '*',
    interval: K(1, -100),
    source: 'HiveMQ MQTT Client 1.4.0 MqttPingHandler.java:49-142',
  },
  {
    names: ['paho-c'],
    versions: '*',
    keepaliveS: [0, 50],
    interval: K(1),
    late: K(0.1, 1000),
    source: 'Paho C 1.3.15 MQTTProtocolClient.c:713-795: looks every K/10, its cycle takes up to 1 s',
  },
  {
    names: ['paho-c'],
    versions: '*',
    interval: K(1),
    late: K(0, 6000),
    source: 'Paho C 1.3.15 MQTTProtocolClient.c:713-795: looks every 5 s, its cycle takes up to 1 s',
  },
  {
    names: ['paho-go'],
    versions: '*',
    keepaliveS: [0, 10],
    interval: K(1),
    late: K(0.5),
    source: 'Paho Go ping.go keepalive: looks every K/4; up to 1.4.3 every K/2',
  },
  {
    names: ['paho-go'],
    versions: '*',
    interval: K(1),
    late: K(0, 5000),
    source: 'Paho Go 1.5.1 ping.go:32-78: looks every 5 s',
  },
]

/** What a client family's silence comes to; `undefined` where it is K. `keepaliveMs` > 0. */
export const pingRule = (client: string, keepaliveMs: number): PingRule | undefined =>
  RULES.find(
    ({ names, keepaliveS: [from, to] = [0, Infinity] }) =>
      names.includes(familyOf(client)) && keepaliveMs >= from * 1000 && keepaliveMs <= to * 1000,
  )

/** From one PINGREQ of an idle client to the next, in milliseconds; `Infinity` where the keep-alive is off. Without a client: K. */
export function pingEveryMs(client: string | undefined, keepaliveMs: number): number {
  if (keepaliveMs === 0) return Infinity
  const rule = client === undefined ? undefined : pingRule(client, keepaliveMs)
  if (!rule) return keepaliveMs
  return Math.min(Math.max(1000, resolveDuration(rule.interval, keepaliveMs)), rule.mostMs ?? Infinity)
}

/** The longest silence of an idle client on a healthy path, in milliseconds: as `pingEveryMs`, and as late as it may be. */
export function silenceMs(client: string | undefined, keepaliveMs: number): number {
  const late = client === undefined ? undefined : pingRule(client, keepaliveMs)?.late
  return pingEveryMs(client, keepaliveMs) + (late ? resolveDuration(late, keepaliveMs) : 0)
}

/** All names that a rule is known for. */
export const pingFamilies = (): readonly string[] => [...new Set(RULES.flatMap(({ names }) => names))]
