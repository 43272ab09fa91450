// Our proxy beside the real Toxiproxy, HAProxy, socat, a bare relay in Go (those that are there) and a bare connection, in one run: `npm run build && node bench/link.js`.
import { setTimeout as pause } from 'node:timers/promises'
import { connectionRate, holdIdle, latency, throughput } from './link/load.js'
import {
  connectionLimit,
  startGo,
  startHaproxy,
  startOurs,
  startSocat,
  startToxiproxy,
  startUpstream,
} from './link/paths.js'

const BLOCK_BYTES = 2e6
const ROUNDS = 15_000
const CONNECTIONS = 3000
const IDLE_MOST = 10_000
/** Paths take turns, so that none has the quiet part of a noisy minute; the median counts. */
const TURNS = 5

const TASKS = [
  path => pouring('1 connection', path, 1, 400),
  path => pouring('100 connections', path, 100, 6),
  async ({ echo }) => {
    const { p50, p99 } = await latency(echo, ROUNDS)
    return [line('64-byte round trip, p50', 'us', 'less', p50), line('64-byte round trip, p99', 'us', 'less', p99)]
  },
  async ({ echo }) => [line('connections', '/s', 'more', await connectionRate(echo, CONNECTIONS, 32))],
]

/** Beside the bytes a second what they cost: on a machine that others use, too, only the cost says how good a path is. */
async function pouring(what, { sink, cpuMs }, connections, blocks) {
  const before = cpuMs?.()
  const speed = await throughput(sink, connections, blocks, BLOCK_BYTES)
  const cost = before === undefined ? undefined : (cpuMs() - before) / ((connections * blocks * BLOCK_BYTES) / 1e9)
  return [line(`throughput, ${what}`, 'MB/s', 'more', speed), line(`processor time, ${what}`, 'ms/GB', 'less', cost)]
}

const line = (what, unit, better, value) => ({ what, unit, better, value })

/** Prints the table. Resolves with its rows: `{ what, unit, better, bare, toxiproxy, halfopen, haproxy, socat, go }`; what is not there: undefined. */
export async function run() {
  const upstream = await startUpstream(BLOCK_BYTES)
  const started = {
    toxiproxy: await startToxiproxy(upstream),
    halfopen: await startOurs(upstream),
    haproxy: await startHaproxy(upstream),
    socat: await startSocat(upstream),
    go: await startGo(upstream),
  }
  const paths = Object.entries({ bare: upstream, ...started }).filter(([, path]) => path)
  try {
    const rows = []
    for (const task of TASKS) rows.push(...(await takeTurns(task, paths)))
    rows.push(...added(rows), await memory(paths))
    print(rows)
    return rows
  } finally {
    for (const [, path] of paths.reverse()) await path.stop()
  }
}

async function takeTurns(task, paths) {
  const rows = new Map()
  for (let turn = 0; turn < TURNS; turn++)
    for (const [name, path] of paths)
      for (const { what, unit, better, value } of await task(path)) {
        const row = rows.get(what) ?? { what, unit, better }
        row[name] = [...(row[name] ?? []), value]
        rows.set(what, row)
      }
  return [...rows.values()].map(row => ({
    ...row,
    ...Object.fromEntries(paths.map(([name]) => [name, median(row[name])])),
  }))
}

/** Undefined where one of them is. */
const median = values =>
  values?.includes(undefined) ? undefined : values?.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** What a path adds to the bare round trip. */
const added = rows =>
  rows
    .filter(({ what }) => what.startsWith('64-byte'))
    .map(({ what, unit, better, bare, ...paths }) => {
      const over = Object.entries(paths).map(([name, value]) => [name, value && value - bare])
      return { what: what.replace('round trip', 'added'), unit, better, ...Object.fromEntries(over) }
    })

async function memory(paths) {
  const idle = await connectionLimit(IDLE_MOST)
  const row = { what: `memory per idle connection, of ${idle}`, unit: 'kB', better: 'less' }
  for (const [name, path] of paths) {
    if (!path.memory) continue
    const before = await path.memory()
    const close = await holdIdle(path.echo, idle)
    await pause(2000)
    row[name] = ((await path.memory()) - before) / idle / 1000
    close()
    await pause(1000)
  }
  return row
}

const BESIDE = ['haproxy', 'socat', 'go']

function print(rows) {
  const cells = rows.map(({ what, unit, better, bare, toxiproxy, halfopen, ...others }) => {
    const ratio = toxiproxy && halfopen !== undefined ? halfopen / toxiproxy : Number.NaN
    const isWorse = better === 'more' ? ratio < 1 : ratio > 1
    const verdict = Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)}x${isWorse ? '  worse' : ''}`
    const beside = BESIDE.map(name => others[name])
    return [`${what} (${unit})`, ...[bare, toxiproxy, halfopen].map(show), verdict, ...beside.map(show)]
  })
  const table = [['', 'bare', 'toxiproxy', 'halfopen', 'halfopen / toxiproxy', ...BESIDE], ...cells]
  const widths = table[0].map((_, column) => Math.max(...table.map(row => row[column].length)))
  for (const row of table)
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
}

const show = value => (value === undefined ? '-' : value.toFixed(value < 100 ? 1 : 0))
