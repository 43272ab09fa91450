import type { Duration } from '../../model/duration.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import { type Protocol, SERVER_TIMEOUT } from '../spec.ts'
import { alike, type PeerRow, rowFor, rowsAt } from './peer.ts'

/** How much later than 1.5K a broker may close, counted from the last packet that it received. */
export interface BrokerTiming extends PeerRow {
  readonly granularity: Duration
  /** It counts 1.5K in whole seconds, rounded down; the granularity counts from there. */
  readonly wholeSeconds?: true
  /** Where the source says it exactly: it closes after 1.5K or up to this much later, at a K whose 1.5K are whole seconds. */
  readonly exactGranularity?: Duration
}

const ms = (value: number): Duration => ({ ms: value, k: 0 })
const ofK = (k: number): Duration => ({ ms: 0, k })

const PROFILES: readonly BrokerTiming[] = [
  {
    names: ['aedes'],
    versions: '>=1.0.0 <2.0.0',
    granularity: ms(1),
    exactGranularity: ms(1),
    source: 'aedes 1.2.0 lib/handlers/connect.js:147-160; measured: K = 2 closes after 3.00 to 3.10 s',
  },
  {
    names: ['mosquitto'],
    versions: '>=2.0.0 <2.0.21',
    granularity: ms(7000),
    wholeSeconds: true,
    exactGranularity: ms(6000),
    source:
      'mosquitto 2.0.11 src/keepalive.c: scans when more than 5 whole seconds passed; measured: K = 2 3.02 to 8.45 s',
  },
  {
    names: ['mosquitto'],
    versions: '>=2.0.21 <3.0.0',
    granularity: ms(1100),
    wholeSeconds: true,
    exactGranularity: ms(1000),
    source: 'mosquitto 2.0.22 and 2.1.2 src/keepalive.c: a wheel of one second, epoll waits 100 ms',
  },
  {
    names: ['emqx'],
    versions: '>=5.7.2',
    keepaliveS: [60, 65_535],
    granularity: ms(60_000),
    source: 'emqx_keepalive.erl (PR #13315): checks every I = 30 s, after at most (ceil(1.5K / I) + 1) I',
  },
  {
    names: ['emqx'],
    versions: '>=5.7.2',
    keepaliveS: [2, 59],
    granularity: ofK(0.5),
    source: 'emqx_keepalive.erl (PR #13315): checks every I = K/2, after 3I to 4I',
  },
  {
    names: ['emqx'],
    versions: '>=5.7.2',
    keepaliveS: [1, 1],
    granularity: ofK(1.5),
    source: 'emqx_keepalive.erl (PR #13315): checks every second, after 2 to 3 s',
  },
  {
    names: ['emqx'],
    versions: '>=5.1.0 <5.7.2',
    granularity: ofK(1.5),
    source: 'EMQX 5.4.0 and 5.5.0: one check every 1.5K',
  },
  { names: ['emqx'], versions: '>=4.0.0 <5.1.0', granularity: ofK(0.75), source: 'EMQX 4.x: checks every 0.75K' },
  {
    names: ['hivemq'],
    versions: '*',
    granularity: ms(100),
    wholeSeconds: true,
    exactGranularity: ms(100),
    source: 'HiveMQ CE 2026.5 KeepAliveDisconnectService.java:64-90: batches of 100 ms',
  },
  { names: ['vernemq'], versions: '*', granularity: ofK(0.75), source: 'VerneMQ 2.2.0 vmq_mqtt_fsm.erl:567-594' },
  {
    names: ['nanomq'],
    versions: '*',
    granularity: ms(20_000),
    source: 'NanoNNG 52148e7 nmq_mqtt.c:170-283: steps of 10 s, up to two of them after mK',
  },
  {
    names: ['rabbitmq'],
    versions: '<3.11.0',
    granularity: ofK(1.5),
    source:
      'RabbitMQ 3.10.8 rabbit_heartbeat.erl: looks every K from CONNECT on, closes at the second look without bytes; measured: 2.05K to 3.00K',
  },
  { names: ['rabbitmq'], versions: '>=3.12.0', granularity: ofK(0.75), source: 'rabbit_mqtt_keepalive.erl:85-107' },
  {
    names: ['nats'],
    versions: '*',
    granularity: ms(0),
    wholeSeconds: true,
    exactGranularity: ms(0),
    source: 'NATS server 2.14.5 server/mqtt.go:984-986: a read deadline',
  },
  {
    names: ['artemis'],
    versions: '*',
    granularity: ms(4000),
    source: 'Artemis 2.44: connection-ttl-check-interval 2 s, quantised twice',
  },
  {
    names: ['mochi-mqtt', 'mochi'],
    versions: '*',
    granularity: ms(0),
    wholeSeconds: true,
    exactGranularity: ms(0),
    source: 'mochi-mqtt 2.7.9 clients.go:262-271: a deadline per packet',
  },
  {
    names: ['rumqttd'],
    versions: '*',
    granularity: ms(0),
    exactGranularity: ms(0),
    source: 'rumqttd 0.20.0 link/network.rs:66-111',
  },
  {
    names: ['moquette'],
    versions: '*',
    granularity: ms(500),
    exactGranularity: ms(0),
    source: 'Moquette 0.18 MQTTConnection.java:488-512: rounds 1.5K to whole seconds',
  },
  {
    names: ['ejabberd'],
    versions: '*',
    granularity: ms(500),
    source: 'ejabberd 26.07 mod_mqtt_session.erl:268-276: rounds 1.5K to whole seconds',
  },
]

/** `undefined` for a broker, or a version of it, that nobody looked into. */
export const brokerProfile = (peer: PeerVersion, keepaliveMs: number, protocol: Protocol): BrokerTiming | undefined =>
  rowFor(PROFILES, peer, keepaliveMs, protocol)

/** From the last packet that this broker received, to its close at the latest. */
export function latestClose({ granularity, wholeSeconds }: BrokerTiming, keepaliveMs: number): Duration {
  const roundedOffMs = wholeSeconds ? (SERVER_TIMEOUT.k * keepaliveMs) % 1000 : 0
  return { k: SERVER_TIMEOUT.k + granularity.k, ms: granularity.ms - roundedOffMs }
}

/** Every family that somebody looked into, at this keep-alive. */
export const brokerProfilesAt = (keepaliveMs: number, protocol: Protocol): readonly BrokerTiming[] =>
  rowsAt(PROFILES, keepaliveMs, protocol)

/** The rows whose figures the ratio table can be held against. */
export const exactBrokers = (): readonly (BrokerTiming & { readonly exactGranularity: Duration })[] =>
  PROFILES.flatMap(({ exactGranularity, ...row }) => (exactGranularity ? [{ ...row, exactGranularity }] : []))

/** Whether what was measured of the one is worth something for the other. */
export const brokersAlike = (measured: PeerVersion, peer: PeerVersion): boolean => alike(PROFILES, measured, peer)

/** The names of all of them. */
export const brokerFamilies = (): readonly string[] => [...new Set(PROFILES.flatMap(({ names }) => names))]
