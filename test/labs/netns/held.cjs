// A client that subscribes at QoS 1, acknowledges what it gets, and pings every K as long as it is answered. It ends its connection 1.5K after its first
// PINGREQ: where it was not answered (`good`), or come what may, without a PINGREQ since (`closes`), by DISCONNECT (`leaves`).
const net = require('node:net')
const mqtt = require('mqtt-packet')
const { env, argv } = process
const how = argv[2]

const socket = net.connect(Number(env.HALFOPEN_PORT), env.HALFOPEN_HOST)
const send = packet => socket.write(mqtt.generate(packet))
const keepaliveMs = Number(env.HALFOPEN_KEEPALIVE) * 1000
const end = () => {
  if (how === 'leaves') send({ cmd: 'disconnect' })
  socket.end()
}
let waiting
const ping = () => {
  send({ cmd: 'pingreq' })
  if (how === 'good') waiting = setTimeout(end, keepaliveMs)
}
const parser = mqtt.parser()
parser.on('packet', ({ cmd, qos, messageId }) => {
  if (cmd === 'publish' && qos === 1) send({ cmd: 'puback', messageId })
  if (cmd === 'pingresp') clearTimeout(waiting)
  if (cmd !== 'connack') return
  send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: argv[3], qos: 1 }] })
  setTimeout(how === 'good' ? () => setInterval(ping, keepaliveMs) : ping, how === 'good' ? 0 : keepaliveMs)
  if (how !== 'good') setTimeout(end, 2.5 * keepaliveMs)
})
socket.on('data', bytes => parser.parse(bytes))
socket.on('error', () => {})
setTimeout(() => {}, 60_000)
send({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clientId: argv[4],
  clean: true,
  keepalive: keepaliveMs / 1000,
})
