// Our proxy beside the real Toxiproxy and a bare connection, in one run: `npm run build && node bench/link.js`.
import { execFile } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connectionRate, holdIdle, latency, throughput } from './link/load.js'
import { startOurs, startToxiproxy, startUpstream } from './link/paths.js'

const BLOCK_BYTES = 8e6
const ROUNDS = 20_000
const CONNECTIONS = 4000
const IDLE = 10_000
/** Paths take turns, so that none has the quiet half of a noisy minute; the median counts. */
const TURNS = 5

/** Each line: what, its unit, whether more is better, and how it is measured on a path. */
const LINES = [
  ['throughput, 1 connection', 'MB/s', 'more', path => one(path)],
  ['throughput, 100 connections', 'MB/s', 'more', path => throughput(path.sink, 100, BLOCK_BYTES)],
  ['64-byte round trip, p50', 'us', 'less', async path => (await echoes(path)).p50],
  ['64-byte round trip, p99', 'us', 'less', async path => (await echoes(path)).p99],
  ['connections', '/s', 'more', path => connectionRate(path.echo, CONNECTIONS, 32)],
]

async function one(path) {
  let total = 0
  for (let block = 0; block < 20; block++) total += 1 / (await throughput(path.sink, 1, BLOCK_BYTES * 4))
  return 20 / total
}

/** p50 and p99 of one turn come from one measurement. */
async function echoes(path) {
  if (path.echoed) {
    const { echoed } = path
    delete path.echoed
    return echoed
  }
  path.echoed = await latency(path.echo, ROUNDS)
  return path.echoed
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** Prints the table. Resolves with its rows: `{ what, unit, better, bare, toxiproxy, halfopen }`; NaN: not measured. */
export async function run() {
  const upstream = await startUpstream(BLOCK_BYTES)
  const big = await startUpstream(BLOCK_BYTES * 4)
  const ports = { echo: upstream.echo, sink: upstream.sink }
  const paths = { bare: { ...ports }, toxiproxy: await startToxiproxy(ports), halfopen: await startOurs(ports) }
  try {
    const rows = await measureLines(paths)
    rows.push(await measureMemory(paths))
    print(rows)
    return rows
  } finally {
    for (const { stop } of [paths.toxiproxy, paths.halfopen, upstream, big]) await stop?.()
  }
}
