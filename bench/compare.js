// Whole grids: 120 x 120 cells of keep-alive and idle time-out, each until somebody notices, or for a virtual hour.
import { availableParallelism, loadavg } from 'node:os'
import { readAxes } from '../build/commands/compare/axes.js'
import { cellsOf } from '../build/commands/compare/cell.js'
import { sweep } from '../build/commands/compare/sweep.js'

const SECONDS = 120
const names = { brokers: ['aedes'], clients: ['mqttjs'] }
const settings = { lab: 'simulated', seed: 1, phases: 1, forMs: 3_600_000, quick: true }

export async function run() {
  // An eighth of the values of each axis, then all: the cost of a cell must be the same.
  const part = await play(8)
  const whole = await play(1)
  const load = loadavg()[0].toFixed(1)
  const threads = availableParallelism()
  console.log(
    `compare: ${whole.cells} cells in ${whole.tookS.toFixed(1)} s on ${threads} threads (load ${load}), ` +
      `${whole.exceptions} exceptions from "detected exactly where K >= T"`,
  )
  console.log(
    `compare: ${whole.cpuMs.toFixed(2)} ms of CPU a cell in the whole grid, ${part.cpuMs.toFixed(2)} ms in ${part.cells} of its cells, start-up included`,
  )
}

async function play(step) {
  const list = `1s..${SECONDS}s/${step}s`
  const { axes } = readAxes({ keepalive: list, idle: list }, names)
  const cells = cellsOf(axes)
  let exceptions = 0
  const done = played => {
    for (const { result } of played) if (isException(result)) exceptions++
  }
  const [from, before] = [performance.now(), process.cpuUsage()]
  await sweep({ cells, settings, threads: availableParallelism(), signal: new AbortController().signal, done })
  const { user, system } = process.cpuUsage(before)
  return {
    cells: cells.length,
    tookS: (performance.now() - from) / 1000,
    cpuMs: (user + system) / 1000 / cells.length,
    exceptions,
  }
}

const isException = ({ cell, client, broker, trouble }) => {
  const detected = client.noticed !== null || broker.noticed !== null
  return trouble !== null || detected !== cell.keepaliveS * 1000 >= cell.idleMs
}
