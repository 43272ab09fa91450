import { describe, expect, it } from 'vitest'
import { readAmqtt } from '../../../src/peers/brokers/amqtt.ts'
import { readArtemis } from '../../../src/peers/brokers/artemis.ts'
import { readHiveMq } from '../../../src/peers/brokers/hivemq-broker.ts'
import { readMochi } from '../../../src/peers/brokers/mochi.ts'
import { readMoquette } from '../../../src/peers/brokers/moquette.ts'
import { readNats } from '../../../src/peers/brokers/nats.ts'
import type { LogNews } from '../../../src/peers/brokers/program/broker-program.ts'
import { rabbitReader } from '../../../src/peers/brokers/rabbitmq.ts'
import { rabbitAmqpReader } from '../../../src/peers/brokers/rabbitmq-amqp.ts'
import { readRumqttd } from '../../../src/peers/brokers/rumqttd.ts'

const ID = 'ho-a1-1'
const ARRIVED = ['client-connected']
const SILENT = ['keepalive-timeout', 'client-closed']
const GONE = ['client-closed']

/** Lines as the versions of docs/brokers.md wrote them, and what is to be made of each. */
const LINES: readonly [broker: string, read: (line: string) => readonly LogNews[], line: string, what: string[]][] = [
  ['mochi', readMochi, `{"level":"DEBUG","msg":"client connected","client":"${ID}","keepalive":2}`, ARRIVED],
  [
    'mochi',
    readMochi,
    `{"level":"DEBUG","msg":"client disconnected","error":"read tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout","client":"${ID}"}`,
    SILENT,
  ],
  ['mochi', readMochi, `{"msg":"client disconnected","error":"EOF","client":"${ID}"}`, GONE],
  ['mochi', readMochi, `{"msg":"client disconnected","error":null,"client":"${ID}"}`, GONE],
  [
    'mochi',
    readMochi,
    `{"msg":"client disconnected","error":"write tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout","client":"${ID}"}`,
    GONE,
  ],
  ['nats', readNats, `[9] [DBG] 127.0.0.1:44050 - mid:5 - "${ID}" - Client connected`, ARRIVED],
  ['nats', readNats, `[9] [DBG] 127.0.0.1:44050 - mid:5 - "${ID}" - Client connection closed: Read Error`, GONE],
  ['moquette', readMoquette, `connected ${ID}`, ARRIVED],
  [
    'moquette',
    readMoquette,
    `[nio-3-1] INFO io.moquette.broker.MoquetteIdleTimeoutHandler - Firing channel inactive event. MqttClientId = ${ID}.`,
    ['keepalive-timeout'],
  ],
  ['moquette', readMoquette, `lost ${ID}`, GONE],
  ['artemis', readArtemis, `connected ${ID}`, ARRIVED],
  ['artemis', readArtemis, `timed-out ${ID}`, SILENT],
  ['artemis', readArtemis, `lost ${ID}`, GONE],
  [
    'hivemq',
    readHiveMq,
    `2026-11-28 01:22:23,175 - Client ID: ${ID}, IP: 127.0.0.1, Clean Start: true, Session Expiry: 0 connected.`,
    ARRIVED,
  ],
  [
    'hivemq',
    readHiveMq,
    `2026-11-28 01:22:23,175 - Client ID: ${ID}, IP: 127.0.0.1 was disconnected. reason: Client was idle for too long.`,
    SILENT,
  ],
  [
    'hivemq',
    readHiveMq,
    `2026-11-28 01:22:23,175 - Client ID: ${ID}, IP: 127.0.0.1 disconnected ungracefully from TCP Listener on port: 1.`,
    GONE,
  ],
  [
    'rumqttd',
    readRumqttd,
    ` INFO run:[>] incoming{connection_id=0}:incoming_connect{client_id="${ID}"}: rumqttd::router::routing: Client connection registered connection_id=0`,
    ARRIVED,
  ],
  [
    'rumqttd',
    readRumqttd,
    `ERROR remote_link{tenant_id=None client_id="${ID}" connection_id=0}: rumqttd::server::broker: disconnected error=Network(KeepAlive(Elapsed(())))`,
    SILENT,
  ],
  [
    'rumqttd',
    readRumqttd,
    `ERROR remote_link{tenant_id=None client_id="${ID}" connection_id=0}: rumqttd::server::broker: disconnected error=Network(Io(Custom { kind: ConnectionAborted }))`,
    GONE,
  ],
  ['amqtt', readAmqtt, `connected ${ID}`, ARRIVED],
  ['amqtt', readAmqtt, `disconnected ${ID}`, GONE],
]

describe('what a line of a log says', () => {
  it.each(LINES)('of %s', (_broker, read, line, what) => {
    expect(read(line).map(({ clientId, what }) => [clientId, what])).toEqual(what.map(each => [ID, each]))
  })

  it.each(LINES)('of %s: nothing, where half of it is missing', (_broker, read, line) => {
    expect(read(line.slice(0, 5))).toEqual([])
    expect(read('')).toEqual([])
  })
})

describe("RabbitMQ's log", () => {
  const accepted = `2026-11-22 13:25:54.5+00:00 [info] <0.684.0> accepting MQTT connection <0.684.0> (127.0.0.1:3 -> 127.0.0.1:2, client id: ${ID})`
  const timedOut =
    '2026-11-22 13:26:00.5+00:00 [error] <0.684.0> closing MQTT connection "127.0.0.1:3 -> 127.0.0.1:2" (keepalive timeout)'
  const closed =
    '2026-11-22 13:26:00.5+00:00 [info] <0.684.0> closing MQTT connection <0.684.0> (127.0.0.1:3 -> 127.0.0.1:2)'
  const whats = (news: readonly LogNews[]) => news.map(({ clientId, what }) => [clientId, what])

  it('names the client once, and then the process that serves it', () => {
    const read = rabbitReader()
    expect(whats(read(accepted))).toEqual([[ID, 'client-connected']])
    expect(whats(read(timedOut))).toEqual([
      [ID, 'keepalive-timeout'],
      [ID, 'client-closed'],
    ])
    expect(whats(read(closed))).toEqual([[ID, 'client-closed']])
  })

  it('tells of one broker nothing that another one said', () => {
    rabbitReader()(accepted)
    expect(rabbitReader()(timedOut)).toEqual([])
  })
})

describe("RabbitMQ's log of AMQP", () => {
  const head = '2026-11-28 02:10:00.1+00:00 [info] <0.799.0> '
  const ends = '(127.0.0.1:40394 -> 127.0.0.1:5673'
  const named = `${head}connection <0.799.0> ${ends}) has a client-provided name: ${ID}`
  const closing = `${head}closing AMQP connection <0.799.0> ${ends} - ${ID}):`
  const whats = (news: readonly LogNews[]) => news.map(({ clientId, what }) => [clientId, what])

  it('names the client once, and says in the line behind the end that it was silent', () => {
    const read = rabbitAmqpReader()
    expect(whats(read(closing))).toEqual([])
    expect(whats(read(named))).toEqual([[ID, 'client-connected']])
    expect(whats(read(closing))).toEqual([[ID, 'client-closed']])
    expect(whats(read(`${head}missed heartbeats from client, timeout: 2s`))).toEqual([[ID, 'keepalive-timeout']])
    expect(whats(read(`${head}missed heartbeats from client, timeout: 2s`))).toEqual([])
  })
})
