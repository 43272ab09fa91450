// The table of docs/tls.md: how long clients wait for the answer to a ping, in the clear and over TLS that the link looks into.
//   npm run build && node scripts/tls-table.js [client...]
// A figure counts from the ping that was not answered, and not from the fault: where in its interval the fault finds a client is
// chance, and clients that look at a clock only now and then add a step of it. Each is played several times on either transport, and
// the two are alike where their ranges touch, or lie no farther apart than 20 ms.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ALL = ['mqttjs', 'paho-python', 'paho-c', 'paho-go', 'hivemq', 'libmosquitto']
const TIMES = 3
const MOST_APART_MS = 20
const MAIN = join(import.meta.dirname, '../dist/cli/main.js')
const clients = process.argv.length > 2 ? process.argv.slice(2) : ALL

const scenario = (client, over) => `name: ${client} ${over}
broker: { name: mosquitto${over === 'mqtts' ? ', tls: true' : ''} }
client: { name: ${client}, keepalive: ${client === 'libmosquitto' ? '5s' : '2s'} }
link: ${over === 'mqtts' ? '{ tls: inspect }' : 'embedded'}
matrix: { x-time: [${Array.from({ length: TIMES }, (_, i) => i + 1)}] }
timeline: [{ at: 1.65K, fault: blackhole }]
expect: [client-gives-up]
until: ${client === 'libmosquitto' ? '20s' : '19s'}
`

/** From the first ping that nobody answered to the client's own end, and how late the two may be dated. */
function waited(file) {
  const [, ...events] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(text => JSON.parse(text))
  const held = events.find(({ what }) => what === 'fault-held')?.atMs
  const ping = events.find(
    ({ what, edge, packet, atMs }) =>
      what === 'packet' && edge === 'client' && packet.cmd === 'pingreq' && atMs >= held,
  )
  const end = events.find(
    ({ what, edge, from, atMs }) =>
      /^(fin|rst|close-notify)$/.test(what) && edge === 'client' && from === 'client' && atMs > held,
  )
  return ping && end
    ? { ms: end.atMs - ping.atMs, plusMinusMs: Math.max(ping.lateMs ?? 2, end.lateMs ?? 2) }
    : undefined
}

const dir = mkdtempSync(join(tmpdir(), 'halfopen-tls-table-'))
try {
  for (const client of clients)
    for (const over of ['mqtt', 'mqtts'])
      for (let time = 1; time <= TIMES; time++)
        writeFileSync(
          join(dir, `${client}.${over}.${time}.yaml`),
          scenario(client, over)
            .replace(/^matrix.*\n/m, '')
            .replace(/^name: .*/, `name: ${client} ${over} ${time}`),
        )
  try {
    execFileSync(process.execPath, [MAIN, 'run', dir, '--out', join(dir, 'out'), '--quiet'], {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  } catch {
    // What did not pass is a row without a figure.
  }
  const found = readdirSync(join(dir, 'out')).filter(name => name.endsWith('.ndjson'))
  const figures = (client, over) =>
    found
      .filter(name => new RegExp(`^${client}-${over}-\\d+\\.ndjson$`).test(name))
      .flatMap(name => waited(join(dir, 'out', name)) ?? [])
  const range = all =>
    all.length === 0 ? undefined : [Math.min(...all.map(({ ms }) => ms)), Math.max(...all.map(({ ms }) => ms))]
  const show = ends => (ends ? `${(ends[0] / 1000).toFixed(3)} to ${(ends[1] / 1000).toFixed(3)} s` : '?')
  console.log('| client | clear | TLS | apart | ± |\n|---|---|---|---|---|')
  for (const client of clients) {
    const [clear, tls] = ['mqtt', 'mqtts'].map(over => figures(client, over))
    const [a, b] = [range(clear), range(tls)]
    const apart = a && b ? Math.max(0, a[0] - b[1], b[0] - a[1]) : undefined
    const plusMinus = Math.max(0, ...[...clear, ...tls].map(each => each.plusMinusMs))
    const verdict =
      apart === undefined ? '?' : `${apart.toFixed(0)} ms${apart > MOST_APART_MS + plusMinus ? ' (too far)' : ''}`
    console.log(`| ${client} | ${show(a)} | ${show(b)} | ${verdict} | ${plusMinus.toFixed(0)} ms |`)
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
