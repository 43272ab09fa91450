// The reader of logs: MB/s and peak memory, for each form, in a process of its own. `npm run bench logs`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const MB = 1e6
const iso = s => new Date((1_717_200_000 + s) * 1000).toISOString()
const FORMS = {
  'mosquitto, packets, epoch': { bytes: 1000 * MB, make: mosquitto(s => `${1_717_200_000 + s}: `) },
  'mosquitto, ISO and zone': { bytes: 100 * MB, make: mosquitto(s => `${iso(s).slice(0, 19)}+0000: `) },
  'mosquitto, ISO, no zone': { bytes: 100 * MB, make: mosquitto(s => `${iso(s).slice(0, 19)}: `) },
  "mosquitto, Home Assistant's add-on": {
    bytes: 100 * MB,
    make: mosquitto(s => `${iso(s).slice(0, 19).replace('T', ' ')}: `),
  },
  'mosquitto, milliseconds': { bytes: 100 * MB, make: mosquitto(s => `${iso(s).slice(0, 23)}: `) },
  'mosquitto, time of day': { bytes: 100 * MB, make: mosquitto(s => `${iso(s).slice(11, 19)}: `) },
  'mosquitto, syslog': { bytes: 100 * MB, make: mosquitto(s => `Jun  1 ${iso(s).slice(11, 19)} hub mosquitto[811]: `) },
  'mosquitto, journalctl short-iso': {
    bytes: 100 * MB,
    make: mosquitto(s => `${iso(s).slice(0, 19)}+0000 hub mosquitto[812]: ${1_717_200_000 + s}: `),
  },
  'mosquitto, docker compose': { bytes: 100 * MB, make: mosquitto(s => `mosquitto-1  | ${1_717_200_000 + s}: `) },
  'mosquitto, docker -t': {
    bytes: 100 * MB,
    make: mosquitto(s => `${iso(s).slice(0, 23)}456789Z ${1_717_200_000 + s}: `),
  },
  'mosquitto, 300,000 clients': { bytes: 200 * MB, make: clients },
  'EMQX 5, text': { bytes: 100 * MB, make: emqx },
}

/** Prints the table. Resolves with its rows: `{ form, mbPerS, linesPerS, peakMb }`. */
export async function run() {
  const rows = []
  for (const [form, { bytes, make }] of Object.entries(FORMS)) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--read'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const source = Readable.from(pieces(bytes, make))
    source.pipe(child.stdin)
    let text = ''
    child.stdout.on('data', piece => (text += piece))
    await once(child, 'close')
    rows.push({ form, ...JSON.parse(text) })
  }
  console.log('\nLogs: bytes in, diagnosis out (the text is made by the process before the pipe)')
  console.table(rows)
  return rows
}

function* pieces(bytes, make) {
  let [done, s] = [0, 0]
  while (done < bytes) {
    let text = ''
    while (text.length < MB) text += make(s++)
    const piece = Buffer.from(text)
    done += piece.length
    yield piece
  }
}

function mosquitto(stamp) {
  return s => {
    const [date, id] = [stamp(s), `meter-${s % 1000}`]
    if (s < 1000) return `${date}New client connected from 10.0.0.5:${4000 + s} as ${id} (p2, c1, k60).\n`
    if (s % 5000 === 4999)
      return `${date}Client ${id} has exceeded timeout, disconnecting.\n${date}New client connected from 10.0.0.5:4000 as ${id} (p2, c1, k60).\n`
    return `${date}Received PUBLISH from ${id} (d0, q0, r0, m0, 'site/${id}/state', ... (120 bytes))\n${date}Sending PUBLISH to ${id} (d0, q1, r0, m${s % 60000}, 'cmd/${id}', ... (12 bytes))\n`
  }
}

function clients(s) {
  const [date, id] = [`${1_717_200_000 + (s >> 6)}: `, `auto-${(s % 300_000).toString(16).padStart(8, '0')}-CEEF-06CE`]
  return `${date}New connection from 10.0.0.5:4000 on port 1883.\n${date}New client connected from 10.0.0.5:4000 as ${id} (p2, c1, k60).\n${date}Client ${id} ${s % 7 === 0 ? 'has exceeded timeout, disconnecting' : 'disconnected'}.\n`
}

function emqx(s) {
  const date = `${new Date(1_717_200_000_000 + s * 50).toISOString().slice(0, 23)}000+00:00`
  const id = `van-${s % 500}`
  if (s < 500)
    return `${date} [debug] tag: MQTT, clientid: ${id}, msg: mqtt_packet_received, peername: 10.2.0.9:44100, packet: CONNECT(Q0, R0, D0, ClientId=${id}, ProtoName=MQTT, ProtoVsn=4, CleanStart=true, KeepAlive=200, Username=undefined, Password=)\n`
  return `${date} [debug] tag: MQTT, clientid: ${id}, msg: mqtt_packet_received, peername: 10.2.0.9:44100, packet: PINGREQ(Q0, R0, D0)\n`
}

/** The process that reads: standard input to a diagnosis, and what it took. */
async function read() {
  const { Observer } = await import('../build/diagnosis/observe.js')
  const { diagnose } = await import('../build/diagnosis/diagnose.js')
  const { dialects } = await import('../build/logs/dialects/index.js')
  const { LogReader } = await import('../build/logs/reader.js')
  const observer = new Observer()
  const reader = new LogReader(dialects, event => observer.observe(event))
  let [bytes, pieces, peak] = [0, 0, 0]
  const before = process.cpuUsage()
  for await (const piece of process.stdin) {
    reader.push(piece)
    bytes += piece.length
    // To ask costs as much as to read a few lines.
    if (++pieces % 16 === 0) peak = Math.max(peak, process.memoryUsage.rss())
  }
  const report = reader.end()
  diagnose(observer.finish(), { atLeast: 3, resolutionMs: report.resolutionMs })
  peak = Math.max(peak, process.memoryUsage.rss())
  // Of the processor, all threads: what else the machine does is no matter of the reader's.
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  process.stdout.write(
    JSON.stringify({
      mb: Math.round(bytes / MB),
      mbPerS: Math.round(bytes / MB / seconds),
      linesPerS: Math.round(report.lines / seconds),
      understood: report.understood === report.lines,
      peakMb: Math.round(peak / MB),
    }),
  )
}

if (process.argv.includes('--read')) await read()
