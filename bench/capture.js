// An independent witness of the dates: tcpdump on the loopback interface, read back as TCP segments.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ETHERNET_HEADER = 14
const NANOSECOND_MAGIC = 0xa1b23c4d

/**
 * Captures TCP on `lo` until `stop()`, which gives the segments.
 * @returns {Promise<{ stop(): Promise<Segment[]> } | string>} a string says why there can be no capture
 * @typedef {{ epochMs: number, from: number, to: number, syn: boolean, fin: boolean, rst: boolean, seq: number, bytes: number, head: string }} Segment
 *   `head`: the first bytes of the payload, as Latin-1
 */
export async function startCapture() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a capture needs Linux and root'
  const directory = mkdtempSync(join(tmpdir(), 'halfopen-bench-'))
  const file = join(directory, 'lo.pcap')
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-s', '160', '-B', '65536', '-U', '-w', file, 'tcp'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ready = await new Promise(resolve => {
    tcpdump.once('error', error => resolve(error.message))
    tcpdump.stderr.on('data', text => String(text).includes('listening') && resolve(true))
  })
  if (ready !== true) return `tcpdump: ${ready} (apt-get install tcpdump)`
  const stop = async () => {
    const ended = new Promise(resolve => tcpdump.once('exit', resolve))
    tcpdump.kill('SIGINT')
    await ended
    const segments = [...readSegments(readFileSync(file))]
    rmSync(directory, { recursive: true })
    return segments
  }
  return { stop }
}

/** Reads the classic pcap format (24-byte file header, 16-byte record headers) with Ethernet frames of IPv4. */
function* readSegments(file) {
  const magic = file.readUInt32LE(0)
  const perMs = magic === NANOSECOND_MAGIC ? 1e6 : 1e3
  for (let at = 24; at + 16 <= file.length; ) {
    const captured = file.readUInt32LE(at + 8)
    const epochMs = file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / perMs
    const frame = file.subarray(at + 16, at + 16 + captured)
    at += 16 + captured
    const segment = readFrame(frame)
    if (segment) yield { epochMs, ...segment }
  }
}

function readFrame(frame) {
  if (frame.readUInt16BE(12) !== 0x0800) return undefined
  const ip = frame.subarray(ETHERNET_HEADER)
  const ipHeader = (ip.readUInt8(0) & 0x0f) * 4
  const tcp = ip.subarray(ipHeader)
  const flags = tcp.readUInt8(13)
  const tcpHeader = (tcp.readUInt8(12) >> 4) * 4
  return {
    from: tcp.readUInt16BE(0),
    to: tcp.readUInt16BE(2),
    fin: (flags & 0x01) !== 0,
    syn: (flags & 0x02) !== 0,
    rst: (flags & 0x04) !== 0,
    seq: tcp.readUInt32BE(4),
    bytes: ip.readUInt16BE(2) - ipHeader - tcpHeader,
    head: tcp.subarray(tcpHeader).toString('latin1'),
  }
}
