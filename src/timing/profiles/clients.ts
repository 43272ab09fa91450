import { type Duration, keepalives } from '../../model/duration.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import type { Protocol } from '../spec.ts'
import { alike, type PeerRow, rowFor, rowsAt } from './peer.ts'

/**
 * How long after the path died an idle client closes. Best: it died just before the PINGREQ was due;
 * worst: just after the last PINGRESP, the client's own granularity included.
 */
export interface ClientTiming extends PeerRow {
  readonly best: Duration
  readonly worst: Duration
  /** Exactly what the source says, for the ratio table to be held against; absent: it says nothing so exact. */
  readonly exact?: ExactClient
}

export interface ExactClient {
  /** From the last answer that it got to its giving up, idle; up to `granularity` later. */
  readonly afterAnswer: Duration
  readonly granularity?: Duration
  /** Between two PINGREQs while idle. */
  readonly ping?: Duration
  /** It does not give up while its application publishes more often than K. */
  readonly whilePublishing?: 'never'
  /** Whether it keeps to the interval that a broker imposes, MQTT 5.0 [MQTT-3.1.2-21]; or since which version it does. */
  readonly serverKeepAlive?: 'honoured' | { readonly since: string }
}

const K = keepalives

const PROFILES: readonly ClientTiming[] = [
  {
    names: ['mqttjs', 'mqtt'],
    versions: '>=5.6.0 <6.0.0',
    best: K(0.5),
    worst: K(1.5),
    exact: { afterAnswer: K(1.5), ping: K(1), serverKeepAlive: 'honoured' },
    source: 'MQTT.js 5.14.1 src/lib/KeepaliveManager.ts:77-106; measured with 5.16.0: 1.5K after the last PINGRESP',
  },
  {
    names: ['mqttjs', 'mqtt'],
    versions: '>=5.5.5 <5.6.0',
    best: K(1),
    worst: K(2, 100),
    source: 'MQTT.js 5.5.5 (PR #1855): at each tick of K, whether nothing was received for K + 100 ms; not measured',
  },
  {
    names: ['mqttjs', 'mqtt'],
    versions: '>=4.0.0 <5.5.5',
    best: K(1),
    worst: K(2),
    exact: { afterAnswer: K(2), ping: K(1), whilePublishing: 'never' },
    source: 'MQTT.js 5.0.0 client.ts:2050-2095 _checkPing; never where the application writes more often than K (#682)',
  },
  {
    names: ['paho-python', 'paho-mqtt'],
    versions: '>=1.5.0 <3.0.0',
    best: K(1),
    worst: K(2, 2000),
    exact: { afterAnswer: K(2), ping: K(1), serverKeepAlive: { since: '2.2.0' } },
    source: 'Paho Python 2.1.0 client.py:3261-3297; the loop adds up to 1 s a step; measured: 2K + 10 ms',
  },
  {
    names: ['libmosquitto'],
    versions: '>=2.0.0 <3.0.0',
    best: K(1, -1000),
    worst: K(2, 1000),
    // Its loop looks once a second and compares whole seconds: where the two meet, a ping or the end comes one second sooner.
    exact: { afterAnswer: K(2, -1000), granularity: K(0, 1000), serverKeepAlive: 'honoured' },
    source:
      'libmosquitto 2.1.2 lib/util_mosq.c:55-121: whole seconds; measured with 2.0.11: 2K + 10 ms, 2K - 0.99 s once in 12',
  },
  {
    names: ['mosquitto-bridge'],
    versions: '>=2.0.0 <3.0.0',
    best: K(1, -1000),
    worst: K(2, 1000),
    source:
      'mosquitto 2.0.11 src/bridge.c bridge_check and lib/util_mosq.c mosquitto__check_keepalive, as libmosquitto; measured: 1.32K to 1.94K',
  },
  {
    names: ['paho-c'],
    versions: '>=1.3.12 <2.0.0',
    keepaliveS: [0, 50],
    best: K(1.5),
    worst: K(2.6, 1100),
    exact: { afterAnswer: K(2.5), granularity: K(0.2, 1100), serverKeepAlive: { since: '1.3.14' } },
    source: 'Paho C 1.3.15 MQTTProtocolClient.c:713-795: checks every K/10 (at least 0.1 s), cycle of 1 s',
  },
  {
    names: ['paho-c'],
    versions: '>=1.3.12 <2.0.0',
    best: K(1.5),
    worst: K(2.5, 6000),
    source: 'Paho C 1.3.15 MQTTProtocolClient.c:713-795: checks every 5 s, cycle of 1 s',
  },
  {
    names: ['paho-c'],
    versions: '>=1.3.8 <1.3.11',
    best: K(1),
    worst: K(2, 6000),
    source: 'Paho C 1.3.8: checks every K/10 up to 5 s, cycle of 1 s',
  },
  {
    names: ['paho-go'],
    versions: '>=1.4.4 <2.0.0',
    keepaliveS: [0, 10],
    best: K(0, 10_000),
    worst: K(1.5, 10_000),
    exact: { afterAnswer: K(1, 10_000), granularity: K(0.5) },
    source: 'Paho Go 1.5.1 ping.go:32-78: PingTimeout 10 s whatever K, ticks of K/4',
  },
  {
    names: ['paho-go'],
    versions: '>=1.4.4 <2.0.0',
    best: K(0, 10_000),
    worst: K(1, 20_000),
    source: 'Paho Go 1.5.1 ping.go:32-78: PingTimeout 10 s whatever K, ticks of 5 s',
  },
  {
    names: ['paho-go'],
    versions: '>=1.2.0 <1.4.4',
    keepaliveS: [0, 10],
    best: K(0, 10_000),
    worst: K(2, 10_000),
    source: 'Paho Go 1.2.0, 1.3.5 and 1.4.3 ping.go keepalive: PingTimeout 10 s whatever K, ticks of K/2',
  },
  {
    names: ['paho-go'],
    versions: '>=1.2.0 <1.4.4',
    best: K(0, 10_000),
    worst: K(1, 20_000),
    source: 'Paho Go 1.2.0, 1.3.5 and 1.4.3 ping.go keepalive: PingTimeout 10 s whatever K, ticks of 5 s',
  },
  {
    names: ['paho-golang'],
    versions: '*',
    best: K(1),
    worst: K(2),
    exact: { afterAnswer: K(2), ping: K(1) },
    source: 'paho.golang 3115495 paho/pinger.go:71-144',
  },
  {
    names: ['paho-java'],
    versions: '*',
    best: K(1),
    worst: K(2),
    exact: { afterAnswer: K(2), ping: K(1) },
    source: 'Paho Java 1.2.5 ClientState.java:710-804 checkForActivity',
  },
  {
    names: ['hivemq-client', 'hivemq'],
    versions: '*',
    best: K(1, -100),
    worst: K(2, -200),
    exact: { afterAnswer: K(2, -200), ping: K(1, -100), serverKeepAlive: 'honoured' },
    source: 'HiveMQ MQTT Client 1.4.0 MqttPingHandler.java:49-142',
  },
  {
    names: ['rumqttc'],
    versions: '*',
    best: K(1),
    worst: K(2),
    exact: { afterAnswer: K(2), ping: K(1), serverKeepAlive: 'honoured' },
    source: 'rumqttc 0.25.1 state.rs:377-407 outgoing_ping',
  },
  {
    names: ['aws-c-mqtt', 'aws-iot'],
    versions: '*',
    protocol: 4,
    best: K(0, 3000),
    worst: K(1, 3000),
    source: 'aws-c-mqtt 0.16.2 source/client.c:1753-1786: ping_timeout 3 s whatever K',
  },
  {
    names: ['aws-c-mqtt', 'aws-iot'],
    versions: '*',
    protocol: 5,
    keepaliveS: [0, 60],
    best: K(0.5),
    worst: K(1.5),
    source: 'aws-c-mqtt 0.16.2 source/v5/mqtt5_client.c:1501-1509: min(30 s, K/2)',
  },
  {
    names: ['aws-c-mqtt', 'aws-iot'],
    versions: '*',
    protocol: 5,
    best: K(0, 30_000),
    worst: K(1, 30_000),
    source: 'aws-c-mqtt 0.16.2 source/v5/mqtt5_client.c:1501-1509: min(30 s, K/2)',
  },
  {
    names: ['pubsubclient'],
    versions: '*',
    best: K(1),
    worst: K(2),
    source: 'PubSubClient 2.8 src/PubSubClient.cpp:370-434, where the sketch calls loop() often',
  },
  {
    names: ['esp-mqtt'],
    versions: '*',
    best: K(0.5),
    worst: K(1, 1000),
    source: 'esp-mqtt 5a9ba05 mqtt_client.c:787-816 process_keepalive: reads in steps of 1 s',
  },
]

/** `undefined` for a client, or a version of it, that nobody looked into. */
export const clientProfile = (peer: PeerVersion, keepaliveMs: number, protocol: Protocol): ClientTiming | undefined =>
  rowFor(PROFILES, peer, keepaliveMs, protocol)

/** Every family that somebody looked into, at this keep-alive. */
export const clientProfilesAt = (keepaliveMs: number, protocol: Protocol): readonly ClientTiming[] =>
  rowsAt(PROFILES, keepaliveMs, protocol)

/** The rows whose figures the ratio table can be held against. */
export const exactClients = (): readonly (ClientTiming & { readonly exact: ExactClient })[] =>
  PROFILES.flatMap(({ exact, ...row }) => (exact ? [{ ...row, exact }] : []))

/** Those known to ignore the interval that a broker imposes, MQTT 5.0 [MQTT-3.1.2-21], with the versions that do: `before 2.2.0`. */
export const ignorers = (): readonly { readonly names: readonly string[]; readonly versions: string }[] =>
  PROFILES.flatMap(({ names, exact }) => {
    const told = exact?.serverKeepAlive
    return typeof told === 'object' ? [{ names, versions: `before ${told.since}` }] : []
  })

/** Whether what was measured of the one is worth something for the other. */
export const clientsAlike = (measured: PeerVersion, peer: PeerVersion): boolean => alike(PROFILES, measured, peer)

/** The names of all of them. */
export const clientFamilies = (): readonly string[] => [...new Set(PROFILES.flatMap(({ names }) => names))]

/** The first of the names of the family that goes by this one. */
export const clientFamily = (name: string): string | undefined =>
  PROFILES.find(({ names }) => names.includes(name))?.names[0]

/** The ranges of versions that the rows of a family speak of. */
export const clientVersions = (name: string): readonly string[] => [
  ...new Set(PROFILES.filter(({ names }) => names.includes(name)).map(({ versions }) => versions)),
]
