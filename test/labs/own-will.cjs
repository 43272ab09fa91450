// A script with an id, topics and a will of its own, which knows nothing of halfopen but where to connect. "online" and "offline"
// share a topic and are retained, as scripts have it. `--leaves`: it says "offline" itself and goes, as it is told to do.
const mqtt = require('mqtt')
const { env, argv } = process

const topic = 'devices/pump/state'
const client = mqtt.connect(`mqtt://${env.HALFOPEN_HOST}:${env.HALFOPEN_PORT}`, {
  clientId: 'pump',
  keepalive: Number(env.HALFOPEN_KEEPALIVE),
  will: { topic, payload: 'offline', qos: 1, retain: true },
})
client.on('error', () => {})
client.on('connect', () => {
  client.publish(topic, 'online', { qos: 1, retain: true })
  if (argv.includes('--leaves'))
    setTimeout(() => {
      client.publish(topic, 'offline', { qos: 1, retain: true }, () =>
        client.end(false, {}, () => setTimeout(() => {}, 60_000)),
      )
    }, 500)
})
