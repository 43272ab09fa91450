/** Lines as these programs write them: of their sources, and as people posted them (names and addresses are made up). */
import { describe, expect, test } from 'vitest'
import { dialects } from '../../src/logs/dialects/index.ts'
import type { LogEvent } from '../../src/logs/log-event.ts'
import { LogReader } from '../../src/logs/reader.ts'

function read(...lines: readonly string[]) {
  const events: LogEvent[] = []
  const reader = new LogReader(dialects, event => events.push({ ...event }))
  reader.push(Buffer.from(`${lines.join('\n')}\n`))
  const report = reader.end()
  return { events, program: report.programs[0]?.name, undated: report.undated }
}

const PINGREQ = { what: 'packet', cmd: 'PINGREQ', flow: 'up' }
const CASES: Readonly<Record<string, readonly (readonly [line: string, event: object | undefined])[]>> = {
  emqx: [
    [
      '2025-05-04T06:00:00.104251+00:00 [debug] tag: MQTT, clientid: van 12, msg: mqtt_packet_received, peername: 10.2.0.9:44100, packet: CONNECT(Q0, R0, D0, ClientId=van 12, ProtoName=MQTT, ProtoVsn=5, CleanStart=true, KeepAlive=200, Username=undefined, Password=)',
      { what: 'connect', client: 'van 12', keepaliveS: 200, address: '10.2.0.9:44100' },
    ],
    [
      '2025-07-08T07:37:07.678355+00:00 [debug] tag: SOCKET, clientid: a, msg: emqx_connection_terminated, peername: 10.0.0.1:65354, reason: {shutdown,discarded}',
      { what: 'end', client: 'a', how: 'taken-over' },
    ],
    [
      '2024-12-20T09:22:10.039733+00:00 [MQTT] nano_b1@10.0.0.1:46107 msg: mqtt_packet_received, packet: PINGREQ(Q0, R0, D0)',
      { ...PINGREQ, client: 'nano_b1' },
    ],
    [
      '2023-10-30T10:15:22.089346+00:00 [debug] msg: raw_bin_received, mfa: emqx_connection:when_bytes_in/3, line: 779, peername: 10.0.0.1:26652, clientid: a, bin: C000, size: 2, type: hex',
      undefined,
    ],
    [
      '2023-12-26 14:19:59.891 [debug] <<"im_Server">>@10.10.19.193:46250 [MQTT] RECV PINGREQ(Q0, R0, D0)',
      { ...PINGREQ, client: 'im_Server' },
    ],
    [
      '2023-12-26 14:20:52.387 [debug] <<"im_Server">>@10.10.19.193:46250 [MQTT] Force to close the socket due to keepalive_timeout',
      { what: 'end', client: 'im_Server', how: 'timeout' },
    ],
    [
      '2019-12-04 17:28:05.009 [info] 1622D1BDEC46@10.4.1.48:36498 [Protocol] Shutdown for keepalive_timeout',
      { what: 'end', client: '1622D1BDEC46', how: 'timeout' },
    ],
    [
      '2019-01-13 15:00:10.462 [debug] STEBP@10.0.0.1:16170 [MQTT] Terminated for {shutdown,closed}',
      { what: 'end', client: 'STEBP', how: 'closed' },
    ],
    [
      '2020-11-26 17:39:13.933 [debug] 127.0.0.1:51348 [MQTT] RECV CONNECT(Q0, R0, D0, ClientId=a, ProtoName=MQTT, ProtoVsn=4, CleanStart=false, KeepAlive=60, Username=undefined, Password=undefined)',
      { what: 'connect', client: 'a', keepaliveS: 60 },
    ],
    [
      '{"time":1720418227678355,"level":"info","msg":"terminate","clientid":"a","peername":"10.0.0.1:5","reason":"{shutdown,keepalive_timeout}"}',
      { what: 'end', client: 'a', how: 'timeout', atMs: 1_720_418_227_678.355 },
    ],
    [
      '18:06:19.642 [debug] Client(undefined@192.0.2.189:11116): RECV CONNECT(Q0, R0, D0, ClientId=meter 7, ProtoName=MQTT, ProtoVsn=4, CleanSess=true, KeepAlive=90, Username=undefined, Password=undefined)',
      { what: 'connect', client: 'meter 7', keepaliveS: 90 },
    ],
    [
      '18:11:59.649 [debug] Client(meter 7@192.0.2.189:11116): Shutdown for keepalive_timeout',
      { what: 'end', client: 'meter 7', how: 'timeout' },
    ],
    [
      '$SYS/brokers/emqx@172.20.0.2/clients/7/connected {"ipaddress":"192.0.2.1","connected_at":1721206612007,"clientid":"meter 7","ts":1721206612007,"keepalive":60}',
      { what: 'connect', client: 'meter 7', keepaliveS: 60, atMs: 1_721_206_612_007 },
    ],
    [
      '$SYS/brokers/emqx@172.20.0.2/clients/7/disconnected {"ipaddress":"192.0.2.1","disconnected_at":1721206613112,"connected_at":1721206612007,"clientid":"meter 7","reason":"takenover"}',
      { what: 'end', client: 'meter 7', how: 'taken-over', atMs: 1_721_206_613_112 },
    ],
  ],
  hivemq: [
    // "Disconnect reasons (event.log)" of HiveMQ's knowledge base.
    [
      '2025-05-04 06:05:05,000 - Client ID: van-12, IP: 10.2.0.9 was disconnected. reason: Another client connected with the same clientId.',
      { what: 'end', client: 'van-12', how: 'taken-over' },
    ],
    [
      '2025-05-04 06:05:05,000 - Client ID: van-12, IP: 10.2.0.9, Clean Start: true, Session Expiry: 0 connected.',
      { what: 'connect', client: 'van-12', address: '10.2.0.9' },
    ],
    [
      '2025-05-04 06:05:05,000 - Client ID: UNKNOWN, IP:192.0.2.1 disconnected ungracefully.',
      { what: 'end', address: '192.0.2.1' },
    ],
    [
      '2025-05-04 06:05:05,000 - Client ID: van-12, IP: 10.2.0.9 was disconnected. reason: Client was idle for too long.',
      { what: 'end', client: 'van-12', how: 'timeout' },
    ],
    [
      '2025-05-04 06:05:05,000 DEBUG - event.client-disconnected: Client ID: van-12, IP: 10.2.0.9 disconnected gracefully. Reason given by client: bye',
      { what: 'end', client: 'van-12', how: 'disconnect' },
    ],
  ],
  vernemq: [
    [
      '2025-05-04 06:05:05.123 [warning] <0.270.651>@vmq_mqtt_fsm:connected:442 client {[],<<"van-12">>} with username <<"fleet">> stopped due to keepalive expired',
      { what: 'end', client: 'van-12', how: 'timeout' },
    ],
    [
      '2025-05-04T06:05:05.123456+00:00 [warning] <0.2.0> vmq_mqtt_fsm:check_user/2:868: can\'t authenticate client {[],<<"van-12">>} from host 10.0.0.1:5 due to invalid_credentials',
      { what: 'refused', client: 'van-12' },
    ],
  ],
  nanomq: [
    [
      '2024-03-29 17:48:48 [5720] WARN  D:\\a\\nanomq\\nng\\src\\sp\\protocol\\mqtt\\nmq_mqtt.c:240: Warning: close pipe & kick client due to KeepAlive timeout!',
      { what: 'end', how: 'timeout' },
    ],
    [
      '2024-11-27T19:51:53.474430349Z 2024-11-27 19:51:53 [10] WARN  /nanomq/nng/src/sp/protocol/mqtt/nmq_mqtt.c:236 nano_pipe_timer_cb: Warning: close pipe & kick client due to KeepAlive timeout!',
      { what: 'end', how: 'timeout' },
    ],
  ],
  moquette: [
    [
      '2024-10-30 14:16:06.395  INFO 30908 --- [tLoopGroup-3-18] i.m.broker.metrics.MQTTMessageLogger     : C->B SUBSCRIBE <mqtt_fx> to topics [x]',
      { what: 'connect', client: 'mqtt_fx' },
    ],
    [
      "2024-10-30 14:16:06.395  WARN 1 --- [n] i.m.broker.MQTTConnection : Close channel because it's inactive, passed keep alive. MqttClientId = mqtt.fx.",
      { what: 'end', client: 'mqtt.fx', how: 'timeout' },
    ],
  ],
  'aws-iot': [
    [
      '{"clientId":"186b5","timestamp":1573002340451,"eventType":"disconnected","sessionIdentifier":"a4666d2a","principalIdentifier":"x","clientInitiatedDisconnect":false,"disconnectReason":"MQTT_KEEP_ALIVE_TIMEOUT","versionNumber":1}',
      { what: 'end', client: '186b5', how: 'timeout', atMs: 1_573_002_340_451 },
    ],
    [
      '{"timestamp":"2017-08-10 15:37:23.476","logLevel":"INFO","traceId":"2","accountId":"1","status":"Success","eventType":"Connect","protocol":"MQTT","clientId":"abf27092","principalId":"y","sourceIp":"205.0.113.1","sourcePort":13490}',
      { what: 'connect', client: 'abf27092', address: '205.0.113.1' },
    ],
  ],
  zigbee2mqtt: [
    [
      '[2025-05-04 06:05:05] error: \tz2m: MQTT error: Keepalive timeout',
      { what: 'end', how: 'ping-unanswered', client: 'zigbee2mqtt' },
    ],
    ['[2025-05-04 06:05:05] info: \tz2m: Connected to MQTT server', { what: 'connect' }],
    ['Zigbee2MQTT:error 2023-01-05 10:00:00: Not connected to MQTT server!', { what: 'end', how: 'closed' }],
  ],
  'home-assistant': [
    [
      '2024-06-07 16:07:52.302 WARNING (MainThread) [homeassistant.components.mqtt.client] Disconnected from MQTT server core-mosquitto:1883 (7)',
      { what: 'end', how: 'closed', client: 'homeassistant' },
    ],
    [
      'Jun 07 16:07:52 mail homeassistant[789]: 2024-06-07 16:07:52.302 WARNING (MainThread) [homeassistant.components.mqtt.client] Disconnected from MQTT server core-mosquitto:1883 (Keep alive timeout)',
      { what: 'end', how: 'ping-unanswered' },
    ],
    [
      '2017-10-11 18:58:59 INFO (Thread-2) [homeassistant.components.mqtt] Successfully reconnected to the MQTT server',
      { what: 'connect' },
    ],
  ],
  'esp-idf': [
    ['E (119799) mqtt_client: No PING_RESP, disconnected', { what: 'end', how: 'ping-unanswered', atMs: 119_799 }],
    ['\u001b[0;32mI (30569) MQTT5: MQTT_EVENT_CONNECTED\u001b[0m', { what: 'connect', atMs: 30_569 }],
    ['D (928327) MQTT_CLIENT: Sent PING successful', PINGREQ],
  ],
  tasmota: [
    [
      '22:23:34 MQT: Connect failed to 192.0.2.150:1883, rc -2. Retry in 10 sec',
      { what: 'refused', reason: 'no TCP connection (rc -2)' },
    ],
    ['22:23:40.120 MQT: Connected', { what: 'connect', client: 'this device' }],
    ['00:40:54 MQT: Verbunden', { what: 'connect' }],
    [
      'Jun  2 20:09:27 plug-3083 ESP-MQT: Connect failed to 192.0.2.6:1883, rc 5. Retry in 10 sec',
      { what: 'refused', reason: 'not authorised' },
    ],
    ['22:23:40 MQT: tele/plug/LWT = Online (retained)', undefined],
  ],
  esphome: [
    ['[12:21:58][I][mqtt.client:209]: MQTT Connected!', { what: 'connect', client: 'this device' }],
    [
      '\u001b[0;33m[12:22:00][W][mqtt:257]: MQTT Disconnected: TCP disconnected.\u001b[0m',
      { what: 'end', how: 'closed' },
    ],
    ['[12:22:00][W][mqtt:257]: MQTT Disconnected: Not Authorized.', { what: 'refused', reason: 'Not Authorized' }],
  ],
  iobroker: [
    [
      'mqtt.0 | 2021-10-26 11:44:42.131 | info | Client [meter 7] connected with secret 1635241482130_4615',
      { what: 'connect', client: 'meter 7' },
    ],
    [
      '2021-10-26 11:44:26.718  - info: mqtt.0 (23999) Client [meter 7] connection closed: timeout',
      { what: 'end', client: 'meter 7', how: 'timeout' },
    ],
    ['mqtt.0\t2019-02-22 07:52:52.179\tdebug\tClient [meter 7] pingreq', { ...PINGREQ, client: 'meter 7' }],
    [
      'sonoff.0\t2018-03-19 17:49:41.736\tinfo\tClient [meter 7] Error: read ECONNRESET',
      { what: 'end', client: 'meter 7', how: 'rst' },
    ],
  ],
  'node-red': [
    [
      '26 Dec 15:46:54 - [info] [mqtt-broker:83ac.3c] Connected to broker: hub@mqtts://192.0.2.50:8883',
      { what: 'connect', client: 'hub', atMs: Date.UTC(2000, 11, 26, 15, 46, 54) },
    ],
    [
      '26 Dec 15:46:54 - [info] [mqtt-broker:83ac.3c] Connection failed to broker: mqtt://192.0.2.50:1883',
      { what: 'refused', client: '83ac.3c' },
    ],
    ['22 Dec 23:30:26 - [mqtt] connection lost to broker tcp://192.0.2.50:1883', { what: 'end', how: 'closed' }],
  ],
  'paho-java': [
    [
      '2020-06-06 15:39:07.217 ERROR 1 --- [1f-9308a60f67bd] o.e.p.c.mqttv3.internal.ClientState      : meter-7: Timed out as no activity, keepAlive=60,000,000,000 lastOutboundActivity=3,702,800,591,221,505 lastInboundActivity=3,702,740,659,674,271 time=3,702,860,591,244,376 lastPing=3,702,800,591,224,053',
      { what: 'end', client: 'meter-7', how: 'ping-unanswered', keepaliveS: 60 },
    ],
    [
      '2015-07-24 06:23:45.895 [ERROR] [.c.mqttv3.internal.ClientState] - meter-7: Timed out as no activity, keepAlive=20.000 lastOutboundActivity=1.437 lastInboundActivity=1.437',
      { what: 'end', client: 'meter-7', keepaliveS: 20 },
    ],
  ],
  // MQTT.js 5.16 and 4.3 under DEBUG=mqttjs*: with dates where stderr is a file, and in a terminal with the time since the line before.
  mqttjs: [
    ['2024-06-01T12:00:00.340Z mqttjs:client MqttClient :: clientId meter 7', undefined],
    [
      '2024-06-01T12:00:00.846Z mqttjs:client _setupKeepaliveManager :: keepalive 60 (seconds)',
      { what: 'connect', keepaliveS: 60, client: 'this client' },
    ],
    ['2024-06-01T12:00:00.846Z mqttjs:client _handlePacket :: received pingresp', { cmd: 'PINGRESP', flow: 'down' }],
    ['2024-06-01T12:00:00.846Z mqttjs:client _handleAck :: packet type puback', { cmd: 'PUBACK', flow: 'down' }],
    ['  mqttjs:client _setupPingTimer :: keepalive 30 (seconds) +2s', { what: 'connect', keepaliveS: 30, atMs: 2000 }],
    [
      '2024-06-01T12:00:00.846Z mqttjs:client _handleConnack :: connection refused with reason code 5',
      { what: 'refused', reason: 'CONNACK 5' },
    ],
    [
      "2024-06-01T12:00:00.069Z mqttjs:client handlePublish: packet Packet { cmd: 'publish', retain: false, qos: 1, dup: false, length: 12, topic: 'a/b', payload: <Buffer 68>, messageId: 1 }",
      { cmd: 'PUBLISH', flow: 'down', qos: 1, mid: 1 },
    ],
  ],
  'plain-client': [
    ['Dec 28 17:46:40 emsesp - 000+00:00:07.967 I 99: [mqtt] MQTT connected', { what: 'connect' }],
    ['2019-12-17 17:31:27 [error]: \tMQTT Closed ', { what: 'end', how: 'closed' }],
    ['2024-01-01 10:00:00 Disconnected with result code 16', { what: 'end', how: 'ping-unanswered' }],
    [
      "2016-04-18 14:26:31.353 [ERROR] [o.i.t.m.i.MqttBrokerConnection] - MQTT connection to 'ext' was lost: Connection lost : ReasonCode 32109 : Cause : null",
      { what: 'end', how: 'closed' },
    ],
  ],
  paho: [
    ['2024-06-01 00:00:00,123 - DEBUG - Sending PINGREQ', PINGREQ],
    [
      "2024-06-01 00:00:00,123 - DEBUG - Sending PUBLISH (d0, q1, r0, m7), 'b'a/b'', ... (5 bytes)",
      { what: 'packet', cmd: 'PUBLISH', qos: 1, mid: 7, flow: 'up' },
    ],
    [
      '20240601 00:00:00 2024-06-01 00:00:00.123 PINGRESP not received in keepalive interval for client meter 7 on socket 5, disconnecting',
      { what: 'end', client: 'meter 7', how: 'ping-unanswered' },
    ],
    // eclipse-paho/paho.mqtt.c, src/MQTTClient.h, "Tracing", and src/Messages.c.
    ['20130528 155936.813 3 stdout-subscriber -> CONNECT cleansession: 1 (0)', undefined],
    [
      '20130528 155936.813 3 meter 7 <- CONNACK rc: 0',
      { what: 'connect', client: 'meter 7', atMs: Date.UTC(2013, 4, 28, 15, 59, 36, 813) },
    ],
    ['20240601 214003.123 4 meter-7 <- CONNACK rc: 5', { what: 'refused', client: 'meter-7' }],
    ['20240601 214003.123 4 meter-7 -> PINGREQ (0)', { ...PINGREQ, client: 'meter-7' }],
    ['20240601 214003.123 4 meter-7 <- PINGRESP', { what: 'packet', cmd: 'PINGRESP', flow: 'down' }],
    [
      '20240601 214003.123 4 meter-7 -> PUBLISH msgid: 9 qos: 1 retained: 0 rc 0 payload len(5): x -> y',
      { what: 'packet', cmd: 'PUBLISH', qos: 1, mid: 9, flow: 'up', client: 'meter-7' },
    ],
    [
      '20240601 214003.123 Socket error for client identifier meter-7, socket 4, peer address 10.0.0.1:1883; ending connection',
      { what: 'end', client: 'meter-7', how: 'closed' },
    ],
    ['20240601 214003.123 4 meter-7 -> DISCONNECT (0)', { what: 'packet', cmd: 'DISCONNECT', flow: 'up' }],
  ],
}

describe('MQTT.js', () => {
  const at = (s: number, text: string) => `2024-06-01T12:00:0${s}.000Z mqttjs:client ${text}`
  const session = [
    at(0, '_writePacket :: packet: {'),
    "  cmd: 'connect',",
    "  clientId: 'meter 7',",
    '  keepalive: 2,',
    '}',
    at(0, '_writePacket :: emitting `packetsend`'),
    at(0, '_setupKeepaliveManager :: keepalive 2 (seconds)'),
    at(0, '_writePacket :: packet: {'),
    "  cmd: 'publish',",
    "  topic: 'a/b',",
    "  payload: 'cmd: x',",
    '  qos: 1,',
    '  messageId: 17,',
    '}',
    at(0, '_writePacket :: emitting `packetsend`'),
    at(2, "_writePacket :: packet: { cmd: 'pingreq' }"),
    at(2, '_writePacket :: emitting `packetsend`'),
    at(3, 'onKeepaliveTimeout :: calling _cleanUp with force true'),
    at(3, '(meter 7)stream :: on close'),
  ]
  const told = [
    { what: 'connect', client: 'meter 7', keepaliveS: 2 },
    { what: 'packet', client: 'meter 7', cmd: 'PUBLISH', flow: 'up', qos: 1, mid: 17 },
    { what: 'packet', client: 'meter 7', cmd: 'PINGREQ', flow: 'up' },
    { what: 'end', client: 'meter 7', how: 'ping-unanswered' },
  ]

  test('packets that are shown over several lines are read', () => {
    expect(read(...session)).toMatchObject({ events: told, program: 'mqttjs', undated: 0 })
  })

  test('in a terminal, in colours and with no dates, the times since the line before are added up', () => {
    let last = 0
    const lines = session.map(line => {
      const [, s = last, text = line] = /^2024-06-01T12:00:0(\d)\.000Z mqttjs:client (.*)$/.exec(line) ?? []
      const since = (Number(s) - Number(last)) * 1000
      last = Number(s)
      return `  \u001b[35;1mmqttjs:client \u001b[0m${text} \u001b[35m+${since}ms\u001b[0m`
    })
    const { events } = read(...lines)
    expect(events).toMatchObject(told)
    expect(events.map(({ atMs }) => atMs)).toEqual([0, 0, 2000, 3000])
  })
})

describe.each(Object.entries(CASES))('%s', (name, lines) => {
  test.each(lines)('%s', (line, event) => {
    const { events, program, undated } = read(line)
    expect({ program, undated }).toEqual({ program: name, undated: 0 })
    if (event === undefined) expect(events).toEqual([])
    else expect(events[0]).toMatchObject(event)
  })
})

describe('lines that only make sense together', () => {
  test('RabbitMQ 3 and 4 name the client once', () => {
    const { events } = read(
      '2023-07-12 12:22:02.190 [info] <0.25946.18> accepting MQTT connection <0.25946.18> (10.0.0.1:54254 -> 10.0.0.2:1883, client id: pomp (west))',
      '2023-07-12 13:02:22.432 [error] <0.25946.18> closing MQTT connection "10.0.0.1:54254 -> 10.0.0.2:1883" (keepalive timeout)',
      '2025-07-12 12:22:02.190000+00:00 [info] <0.9.0> Accepted MQTT connection 10.0.0.1:5 -> 10.0.0.2:1883 for client ID pomp-2',
      '2025-07-12 12:23:02.190000+00:00 [info] <0.9.0> MQTT connection "10.0.0.1:5 -> 10.0.0.2:1883" will terminate because peer closed TCP connection',
      '2021-11-22 09:47:27.468546+00:00 [info] <0.4623.0> accepting Web MQTT connection <0.4623.0> (172.17.0.1:55698 -> 172.17.0.2:15675)',
    )
    expect(events.map(({ what, client, how }) => [what, client, how])).toEqual([
      ['connect', 'pomp (west)', undefined],
      ['end', 'pomp (west)', 'timeout'],
      ['connect', 'pomp-2', undefined],
      ['end', 'pomp-2', 'closed'],
      ['connect', 'a client at 172.17.0.1', undefined],
    ])
  })

  test("Paho's CONNECT has the keep-alive, its CONNACK begins the session", () => {
    const { events } = read(
      "2024-06-01 00:00:00,100 DEBUG Sending CONNECT (u1, p1, wr0, wq0, wf0, c1, k60) client_id=b'meter 7'",
      '2024-06-01 00:00:00,200 DEBUG Received CONNACK (0, 0)',
      '2024-06-01 00:01:00,200 DEBUG Sending PINGREQ',
    )
    expect(events).toMatchObject([
      { what: 'connect', client: 'meter 7', keepaliveS: 60 },
      { ...PINGREQ, client: 'meter 7' },
    ])
  })

  test('Tasmota says of a lost connection what it says of a failed one', () => {
    const { events } = read(
      '22:23:40 MQT: Connected',
      '22:25:40 MQT: Connect failed to 192.0.2.150:1883, rc -4. Retry in 10 sec',
      '22:25:55 MQT: Connect failed to 192.0.2.150:1883, rc -4. Retry in 10 sec',
    )
    expect(events.map(({ what, how, reason }) => how ?? reason ?? what)).toEqual([
      'connect',
      'ping-unanswered',
      'no CONNACK in time (rc -4)',
    ])
  })

  test("what an application prints of Paho Java's exception is no second end", () => {
    const { events } = read(
      'Apr 22, 2016 1:57:49 PM org.eclipse.paho.client.mqttv3.internal.ClientState checkForActivity',
      'SEVERE: meter-7: Timed out as no activity, keepAlive=60,000 lastOutboundActivity=1,461 lastInboundActivity=1,461',
      '2016-04-22 13:57:49 ERROR org.eclipse.paho.client.mqttv3.MqttException: Timed out waiting for a response from the server',
    )
    expect(events).toMatchObject([{ client: 'meter-7', keepaliveS: 60, atMs: Date.UTC(2016, 3, 22, 13, 57, 49) }])
  })

  test('RabbitMQ 3.7 to 3.11 may name no client: one whose keep-alive ran out has sent a CONNECT all the same', () => {
    const { events } = read(
      '2021-11-22 10:03:27.696946+00:00 [erro] <0.4.0> closing MQTT connection "192.0.2.1:55698 -> 192.0.2.2:1883" (keepalive timeout)',
    )
    expect(events).toMatchObject([{ what: 'end', how: 'timeout', client: 'a client at 192.0.2.1' }])
  })

  test("a broker's own start is no client's attempt", () => {
    expect(read('  Starting broker...2026-11-27 23:06:43.682973+00:00 [info] <0.219.0> ').program).toBeUndefined()
  })

  test('what Zigbee2MQTT says again and again is one end', () => {
    const not = '[2025-05-04 06:05:05] error: \tz2m: Not connected to MQTT server!'
    expect(read(not, not, not).events).toHaveLength(1)
  })

  test('a broker and a client in one log of compose are two views', () => {
    const { events } = read(
      'mosquitto    | 1717200000: New client connected from 10.0.0.5:4000 as z2m (p2, c1, k60).',
      'zigbee2mqtt  | [2024-06-01 00:00:00] info: \tz2m: Connected to MQTT server',
      'mosquitto    | 1717200100: Client z2m has exceeded timeout, disconnecting.',
    )
    expect(events.map(({ seenBy, what }) => [seenBy, what])).toEqual([
      ['broker', 'connect'],
      ['client', 'connect'],
      ['broker', 'end'],
    ])
  })
})
