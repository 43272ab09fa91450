import { z } from 'zod'
import { refused } from '../../../model/schema.ts'

/**
 * Options that would take the client out of the harness, or that a scenario can't hold, and what to do instead. `keepalive`,
 * `protocol` and `will` are keys of the scenario by the same name, so they are not refused here.
 */
const LINK = 'the client connects to the link; say `broker:` and `link:`'
const CODE = "a function can't stand in a scenario; a program of your own can give it to its library: client driver"
const BROWSER = 'this is for a browser, and here is none'

export const REFUSED_BY_MQTTJS: Readonly<Record<string, string>> = {
  host: LINK,
  hostname: LINK,
  port: LINK,
  path: LINK,
  servers: LINK,
  query: LINK,
  unixSocket: LINK,
  defaultProtocol: LINK,
  socksProxy: LINK,
  socksTimeout: LINK,
  protocolVersion: 'say `client: { protocol: 4 }` or 5',
  protocolId: 'say `client: { protocol: 4 }` or 5',
  clientId:
    'every run has client ids of its own, since brokers are shared; for several clients say `client: { count: N }`',
  rejectUnauthorized: 'a certificate is always checked; say which CA signed it with `broker: { ca: ... }`',
  keyPath: 'only the command line of MQTT.js reads it; say `broker: { key: ... }`',
  certPath: 'only the command line of MQTT.js reads it; say `broker: { cert: ... }`',
  caPaths: 'only the command line of MQTT.js reads it; say `broker: { ca: ... }`',
  manualConnect: 'halfopen starts the client itself',
  my: 'MQTT.js does nothing with it',
  binary: 'MQTT over a WebSocket is always binary (MQTT 3.1.1 [MQTT-6.0.0-1], 5.0 [MQTT-6.0.0-1])',
  log: CODE,
  customHandleAcks: CODE,
  transformWsUrl: CODE,
  createWebsocket: CODE,
  incomingStore: CODE,
  outgoingStore: CODE,
  messageIdProvider: CODE,
  browserBufferSize: BROWSER,
  browserBufferTimeout: BROWSER,
  objectMode: BROWSER,
  forceNativeWebSocket: BROWSER,
}

const text = z.string()
const onePem = text.regex(/-----BEGIN [A-Z0-9 ]+-----/, {
  error: 'here stands the PEM text itself, not the name of its file; files are named by `broker: { ca, cert, key }`',
})
const pem = z.union([onePem, z.array(onePem).min(1)])
const milliseconds = z.number().nonnegative()
const twoBytes = z.int().min(0).max(0xffff)
const fourBytes = z.int().min(0).max(0xffff_ffff)
const userProperties = z.record(z.string(), z.union([text, z.array(text)]))

/** Of CONNECT, MQTT 5.0 §3.1.2.11, as mqtt-packet spells them. */
const properties = z.strictObject({
  sessionExpiryInterval: fourBytes.exactOptional().describe('seconds'),
  receiveMaximum: twoBytes.min(1).exactOptional(),
  maximumPacketSize: fourBytes.min(1).exactOptional().describe('bytes'),
  topicAliasMaximum: twoBytes.exactOptional(),
  requestResponseInformation: z.boolean().exactOptional(),
  requestProblemInformation: z.boolean().exactOptional(),
  userProperties: userProperties.exactOptional(),
  authenticationMethod: text.exactOptional(),
  authenticationData: text.exactOptional(),
})

/** Of the AUTH packet with which MQTT.js answers the broker's. */
const authPacket = z.strictObject({
  reasonCode: z.int().min(0).max(255).exactOptional(),
  properties: z
    .strictObject({
      authenticationMethod: text.exactOptional(),
      authenticationData: text.exactOptional(),
      reasonString: text.exactOptional(),
      userProperties: userProperties.exactOptional(),
    })
    .exactOptional(),
})

/** What of the package ws' own options a scenario can say; TLS is the broker's. */
const wsOptions = z.strictObject({
  protocol: text.exactOptional(),
  protocolVersion: z.literal([8, 13]).exactOptional(),
  followRedirects: z.boolean().exactOptional(),
  maxRedirects: z.int().min(0).exactOptional(),
  handshakeTimeout: milliseconds.exactOptional(),
  perMessageDeflate: z.boolean().exactOptional(),
  localAddress: text.exactOptional(),
  headers: z.record(z.string(), text).exactOptional(),
  origin: text.exactOptional(),
  family: z.literal([4, 6]).exactOptional(),
  maxPayload: z.int().min(0).exactOptional().describe('bytes'),
  maxBufferedChunks: z.int().min(1).exactOptional(),
  maxFragments: z.int().min(1).exactOptional(),
  skipUTF8Validation: z.boolean().exactOptional(),
  allowSynchronousEvents: z.boolean().exactOptional(),
  autoPong: z.boolean().exactOptional(),
})

/** The options of `mqtt.connect`, by MQTT.js' own names; test/peers/clients/mqttjs-options.test.ts holds them against its types. */
export const CONNECT = {
  reconnectPeriod: milliseconds.exactOptional().describe('milliseconds between reconnects; 0: never'),
  reconnectOnConnackError: z.boolean().exactOptional(),
  connectTimeout: z.number().positive().exactOptional().describe('milliseconds to wait for CONNACK'),
  clean: z.boolean().exactOptional(),
  resubscribe: z.boolean().exactOptional(),
  subscribeBatchSize: z.int().min(1).exactOptional(),
  reschedulePings: z.boolean().exactOptional(),
  queueQoSZero: z.boolean().exactOptional(),
  writeCache: z.boolean().exactOptional(),
  encoding: z.enum(['utf8', 'utf-8', 'latin1', 'ascii']).exactOptional(),
  autoUseTopicAlias: z.boolean().exactOptional(),
  autoAssignTopicAlias: z.boolean().exactOptional(),
  timerVariant: z.enum(['auto', 'worker', 'native']).exactOptional(),
  username: text.exactOptional(),
  password: text.exactOptional(),
  auth: text.exactOptional().describe('user:password'),
  authPacket: authPacket.exactOptional(),
  properties: properties.exactOptional(),
  key: pem.exactOptional().describe('in PEM, not a file'),
  cert: pem.exactOptional().describe('in PEM, not a file'),
  ca: pem.exactOptional().describe('in PEM, not a file'),
  servername: text.exactOptional(),
  ALPNProtocols: z.array(text).exactOptional(),
  wsOptions: wsOptions.exactOptional().describe('of the WebSocket, as the package ws takes them'),
} as const

/** Options of `mqtt.connect`, and the MQTT.js to test. */
export const options = z
  .strictObject({
    module: text.min(1).exactOptional().describe('package or path of the MQTT.js to test; default: our own'),
    reconnect: z
      .boolean()
      .exactOptional()
      .describe('whether it comes back after a lost connection; false: as reconnectPeriod: 0'),
    ...CONNECT,
    ...refused(REFUSED_BY_MQTTJS),
  })
  .superRefine(({ reconnect, reconnectPeriod }, context) => {
    if (reconnect === undefined || reconnectPeriod === undefined || reconnect === reconnectPeriod > 0) return
    const message = `"reconnect: ${reconnect}" and "reconnectPeriod: ${reconnectPeriod}" contradict each other: leave one out`
    context.addIssue({ code: 'custom', path: ['reconnect'], message })
  })

export type MqttjsOptions = z.infer<typeof options>
