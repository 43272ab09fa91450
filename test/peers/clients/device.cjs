// A device as a user might have one: it connects where its environment says, and pings. `--detach` puts it into the
// background, in a session of its own, and ends the program that was started.
const { spawn } = require('node:child_process')
const mqtt = require('mqtt')
const { env, argv } = process

if (argv.includes('--detach')) {
  const device = spawn(process.execPath, [__filename], { detached: true, stdio: 'ignore' })
  console.error(`device ${device.pid}`)
  device.unref()
} else {
  // Whoever asks it to end is not heard.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {})
  console.error(`device ${process.pid}`)
  const { HALFOPEN_CLIENTID: clientId, HALFOPEN_KEEPALIVE: keepalive } = env
  const url = `mqtt://${env.HALFOPEN_HOST}:${env.HALFOPEN_PORT}`
  mqtt.connect(url, { clientId, keepalive: Number(keepalive) }).on('error', () => {})
}
