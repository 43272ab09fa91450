// amqplib under test, by the driver protocol (docs/drivers.md).
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url)

if (process.argv.includes('--version')) {
  // Its package names no package.json among its exports.
  console.log(JSON.parse(readFileSync(new URL('node_modules/amqplib/package.json', import.meta.url), 'utf8')).version)
  process.exit()
}

const { connect } = require('amqplib')
const { env } = process
const tell = (what, more = {}) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`)
const fail = ({ message, code }) => tell('error', { ...(typeof code === 'number' && { code }), note: message })

/** As a device would that comes back: the library itself stays away where it is not asked for `recovery`. */
const RETRY_MS = 1000
let channel

async function open() {
  try {
    const connection = await connect(
      {
        hostname: env.HALFOPEN_HOST,
        port: Number(env.HALFOPEN_PORT),
        heartbeat: Number(env.HALFOPEN_KEEPALIVE),
      },
      { noDelay: true, clientProperties: { connection_name: env.HALFOPEN_CLIENTID } },
    )
    // What an application that blocks its loop for good does.
    if (process.argv.includes('--no-heartbeats')) connection.connection.heartbeater?.clear()
    connection.on('error', fail)
    connection.on('close', error => {
      channel = undefined
      tell('closed', error ? { note: error.message } : {})
      again()
    })
    tell('connected')
    // By its default exchange a message without a queue is thrown away, and confirmed.
    channel = await connection.createConfirmChannel()
    channel.on('error', fail)
  } catch (error) {
    fail(error)
    again()
  }
}

function again() {
  if (env.HALFOPEN_RECONNECT !== '1') return
  tell('reconnecting')
  setTimeout(open, RETRY_MS)
}

open()

const lines = createInterface({ input: process.stdin })
lines.on('line', line => {
  const [, seq, qos, topic, payload] = /^publish (\d+) ([012]) (\S+) (.*)$/.exec(line) ?? []
  if (seq === undefined || !channel) return
  channel.publish('', topic, Buffer.from(payload), {}, error => {
    // At QoS 0 nobody would wait for it.
    if (!error && qos !== '0') tell('acknowledged', { seq: Number(seq) })
  })
})
// At once: an orderly end would close the connection.
lines.on('close', () => process.exit())
