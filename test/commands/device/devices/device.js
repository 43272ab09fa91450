/**
 * A device for `halfopen device`: MQTT.js as an application would use it. What it does is in its environment, so that one
 * program stands for a good device and for the bad ones.
 */
const { DEVICE_MODULE = 'mqtt', DEVICE_PORT, DEVICE_KEEPALIVE = '1', DEVICE_PROTOCOL = '4' } = process.env
const { DEVICE_PUBLISH_MS, DEVICE_BACKOFF, DEVICE_ID = 'sensor-1' } = process.env

const imported = await import(DEVICE_MODULE)
const mqtt = imported.default?.connect ? imported.default : imported

const client = mqtt.connect(`mqtt://127.0.0.1:${DEVICE_PORT}`, {
  clientId: DEVICE_ID,
  keepalive: Number(DEVICE_KEEPALIVE),
  protocolVersion: Number(DEVICE_PROTOCOL),
  username: 'device-user',
  password: 'device-secret',
  clean: DEVICE_BACKOFF === undefined,
  connectTimeout: 2000,
  // Without a backoff of its own: MQTT.js' default, the same 1000 ms for ever.
  ...(DEVICE_BACKOFF === undefined ? {} : { reconnectPeriod: 0 }),
})
client.on('error', () => {})
client.on('connect', () => client.subscribe('down', { qos: 1 }))

if (DEVICE_PUBLISH_MS !== undefined)
  setInterval(() => client.publish('up', 'a secret reading', { qos: 0 }), Number(DEVICE_PUBLISH_MS))

/**
 * MQTT.js has no backoff, so the application has: it doubles from 200 ms, half of it at random. `reconnect` gets the
 * stores back, or it would forget what was not acknowledged.
 */
if (DEVICE_BACKOFF !== undefined) {
  // Drawn once, so that each test sees the same.
  const drawn = [0.55, 0.95, 0.6, 0.9, 0.5, 0.8]
  let failures = 0
  client.on('connect', () => {
    failures = 0
  })
  client.on('close', () => {
    const waitMs = 200 * 2 ** failures * (drawn[failures % drawn.length] ?? 1)
    failures++
    setTimeout(() => client.reconnect(client), Math.min(10_000, waitMs))
  })
}
