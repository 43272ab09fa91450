// MQTT.js 4 under test, by the driver protocol (docs/drivers.md).
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url)

if (process.argv.includes('--version')) {
  console.log(require('mqtt/package.json').version)
  process.exit()
}

const mqtt = require('mqtt')
const { env } = process
const tell = (what, more = {}) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`)

const client = mqtt.connect({
  protocol: env.HALFOPEN_SCHEME,
  host: env.HALFOPEN_HOST,
  port: Number(env.HALFOPEN_PORT),
  clientId: env.HALFOPEN_CLIENTID,
  keepalive: Number(env.HALFOPEN_KEEPALIVE),
  protocolVersion: Number(env.HALFOPEN_PROTOCOL),
  will: { topic: env.HALFOPEN_WILL_TOPIC, payload: env.HALFOPEN_WILL_PAYLOAD, qos: Number(env.HALFOPEN_WILL_QOS) },
  ...access(),
  // 0 is how it is told to stay away; its default is 1 s.
  ...(env.HALFOPEN_RECONNECT === '0' && { reconnectPeriod: 0 }),
})

function access() {
  const pem = file => (file === undefined ? undefined : readFileSync(file))
  const given = {
    path: env.HALFOPEN_PATH,
    servername: env.HALFOPEN_SERVERNAME,
    ca: pem(env.HALFOPEN_CA),
    cert: pem(env.HALFOPEN_CERT),
    key: pem(env.HALFOPEN_KEY),
    ALPNProtocols: env.HALFOPEN_ALPN?.split(','),
    username: env.HALFOPEN_USERNAME,
    password: env.HALFOPEN_PASSWORD,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

client.on('connect', ({ properties }) => {
  const imposed = properties?.serverKeepAlive
  tell('connected', imposed === undefined ? {} : { serverKeepAliveS: imposed })
  if (env.HALFOPEN_SUBSCRIBE === undefined) return
  client.subscribe(env.HALFOPEN_SUBSCRIBE, { qos: Number(env.HALFOPEN_SUBSCRIBE_QOS) }, error => error && fail(error))
})
client.on('reconnect', () => tell('reconnecting'))
client.on('offline', () => tell('offline'))
client.on('close', () => tell('closed'))
client.on('error', fail)
client.on('disconnect', ({ reasonCode = 0 }) => tell('error', { code: reasonCode, note: 'the broker sent DISCONNECT' }))
client.on('message', (_topic, payload) => tell('received', { payload: payload.toString() }))

function fail({ message, code }) {
  if (typeof code === 'number') tell('error', { code, note: message })
  else tell('error', { note: code === undefined ? message : `${message} (${code})` })
}

const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  const [, seq, qos, topic, payload] = /^publish (\d+) ([012]) (\S+) (.*)$/.exec(line) ?? []
  if (seq === undefined) return
  client.publish(topic, payload, { qos: Number(qos) }, error => {
    // At QoS 0 it means "written", which is no acknowledgement.
    if (!error && qos !== '0') tell('acknowledged', { seq: Number(seq) })
  })
})
// At once: an orderly end would send a DISCONNECT.
lines.on('close', () => process.exit())
