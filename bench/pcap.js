// The reader of captures: megabytes per second and peak memory, on a capture of many clients that ping and publish.
import { CaptureReader } from '../build/captures/capture.js'
import { CaptureFacts } from '../build/captures/capture-facts.js'

const MEGABYTES = 256
const CLIENTS = 500
const CHUNK = 1 << 20

/** A frame of Ethernet, IPv4 and TCP with this data, and the record of pcap before it. */
function record(atMs, client, isUp, flags, seq, ack, data) {
  const bytes = Buffer.alloc(16 + 14 + 40 + data.length)
  bytes.writeUInt32LE(Math.floor(atMs / 1000), 0)
  bytes.writeUInt32LE(Math.round((atMs % 1000) * 1000), 4)
  bytes.writeUInt32LE(54 + data.length, 8)
  bytes.writeUInt32LE(54 + data.length, 12)
  bytes.writeUInt16BE(0x0800, 28)
  const ip = 30
  bytes.writeUInt8(0x45, ip)
  bytes.writeUInt16BE(40 + data.length, ip + 2)
  bytes.writeUInt8(6, ip + 9)
  bytes.writeUInt32BE(isUp ? 0x0a000000 + client : 0xc6336401, ip + 12)
  bytes.writeUInt32BE(isUp ? 0xc6336401 : 0x0a000000 + client, ip + 16)
  const tcp = ip + 20
  bytes.writeUInt16BE(isUp ? 40001 : 1883, tcp)
  bytes.writeUInt16BE(isUp ? 1883 : 40001, tcp + 2)
  bytes.writeUInt32BE(seq >>> 0, tcp + 4)
  bytes.writeUInt32BE(ack >>> 0, tcp + 8)
  bytes.writeUInt8(0x50, tcp + 12)
  bytes.writeUInt8(flags, tcp + 13)
  data.copy(bytes, tcp + 20)
  return bytes
}

const string = text => Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)])
const connect = id => {
  const body = Buffer.concat([string('MQTT'), Buffer.from([4, 2, 0, 60]), string(id)])
  return Buffer.concat([Buffer.from([0x10, body.length]), body])
}
const publish = Buffer.concat([Buffer.from([0x30, 105]), string('abc'), Buffer.alloc(100, 65)])

/** Chunks of a capture of that many bytes: CONNECTs, then a ping or a message of each client in turn. */
function* capture(megabytes) {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt32LE(262144, 16)
  header.writeUInt32LE(1, 20)
  const up = new Array(CLIENTS).fill(1)
  const down = new Array(CLIENTS).fill(1)
  let atMs = 1.79e12
  const say = (client, isUp, data) => {
    const [own, other] = isUp ? [up, down] : [down, up]
    atMs += 0.5
    const bytes = record(atMs, client, isUp, 16, own[client], other[client], data)
    own[client] += data.length
    return bytes
  }
  let chunk = [header]
  let size = 0
  let total = 0
  for (let client = 0; client < CLIENTS; client++) {
    chunk.push(record(atMs, client, true, 2, 0, 0, Buffer.alloc(0)), say(client, true, connect(`c${client}`)))
    chunk.push(say(client, false, Buffer.from([0x20, 2, 0, 0])))
  }
  for (let turn = 0; total < megabytes * 2 ** 20; turn++) {
    const client = turn % CLIENTS
    const pieces =
      turn % 3 === 0
        ? [say(client, true, Buffer.from([0xc0, 0])), say(client, false, Buffer.from([0xd0, 0]))]
        : [say(client, turn % 2 === 0, publish)]
    chunk.push(...pieces)
    for (const piece of pieces) size += piece.length
    if (size < CHUNK) continue
    total += size
    yield Buffer.concat(chunk)
    chunk = []
    size = 0
  }
}

export function pcap() {
  const facts = new CaptureFacts()
  const reader = new CaptureReader({ event: event => facts.event(event), breach: breach => facts.breach(breach) })
  let bytes = 0
  let took = 0
  let peak = 0
  for (const chunk of capture(MEGABYTES)) {
    bytes += chunk.length
    const start = process.cpuUsage()
    reader.push(chunk)
    took += process.cpuUsage(start).user / 1e6
    peak = Math.max(peak, process.memoryUsage().rss)
  }
  const { frames, mqtt } = reader.finish()
  const pings = facts.all().clients.reduce((sum, client) => sum + client.pings, 0)
  console.log(`pcap: ${(bytes / 2 ** 20).toFixed(0)} MB, ${frames} packets, ${mqtt} clients, ${pings} pings`)
  console.log(
    `  ${(bytes / 2 ** 20 / took).toFixed(0)} MB/s of one processor, ${(frames / took / 1000).toFixed(0)} thousand packets/s, peak ${(peak / 2 ** 20).toFixed(0)} MB resident`,
  )
}
