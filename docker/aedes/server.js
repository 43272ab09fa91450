/**
 * Aedes on a port, telling on stdout what it sees: one JSON object a line, `{"what": ..., "clientId"?, "note"?}`.
 * The containers lab reads them as evidence (src/labs/containers.ts).
 *
 * Environment: PORT (default 1883); AEDES_OPTIONS, Aedes' own options as JSON.
 */
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const { version } = createRequire(import.meta.url)('./package.json')
const port = Number(process.env.PORT ?? 1883)

const tell = (what, clientId, note) => process.stdout.write(`${JSON.stringify({ what, clientId, note })}\n`)

const broker = await Aedes.createBroker(JSON.parse(process.env.AEDES_OPTIONS || '{}'))
broker.on('clientReady', client => tell('client-connected', client.id))
broker.on('clientDisconnect', client => tell('client-closed', client.id))
broker.on('keepaliveTimeout', client => tell('keepalive-timeout', client.id))
broker.on('clientError', (client, error) => {
  // `keepaliveTimeout` has already told it.
  if (error.message !== 'keep alive timeout') tell('error', client.id, error.message)
})
broker.on('connectionError', () => {})
broker.on('error', error => tell('error', undefined, error.message))

// Without noDelay, Nagle and delayed acknowledgements would date a second small packet up to 40 ms late.
const server = createServer({ noDelay: true }, broker.handle)
server.listen(port, '0.0.0.0', () => tell('started', undefined, version))

// PID 1 has no default handlers.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
