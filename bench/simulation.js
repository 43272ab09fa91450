// How fast virtual time passes, and what a simulation leaves in memory. `--sims 10000` for the long run of the latter.
import { run } from '../build/engine/run.js'
import { faults, openLab } from '../build/plugins.js'

const position = { file: 'bench', line: 1, column: 1 }
const ms = value => ({ ms: value, k: 0 })

const scenarioOf = (keepaliveS, untilMs, timeline = []) => ({
  name: 'bench',
  position,
  broker: { name: 'aedes', options: {} },
  client: { name: 'mqttjs', options: {}, keepaliveS, protocol: 4, traffic: {}, count: 1 },
  link: { name: 'embedded', options: {}, latency: ms(20), jitter: ms(0) },
  timeline: timeline.map(({ fault, options }) => ({
    at: ms(0),
    fault: { name: fault, options: faults.get(fault).options.parse(options) },
    position,
  })),
  expect: [],
  until: ms(untilMs),
})

const TEN_MINUTES_MS = 600_000

export async function simulation() {
  const lab = openLab('simulated')
  const play = (scenario, more = {}) => run(scenario, lab, faults, { seed: 1, runId: 'bench', ...more })
  await speed(play)
  await memory(play)
}

/** K = 60 for ten minutes, evidence recorded. */
async function speed(play) {
  const scenario = scenarioOf(60, TEN_MINUTES_MS)
  const timed = async count => {
    const from = performance.now()
    for (let done = 0; done < count; done++) await play(scenario)
    return (performance.now() - from) / count
  }
  const first = await timed(1)
  await timed(100)
  const warm = await timed(300)
  const times = value => `${Math.round(TEN_MINUTES_MS / value).toLocaleString('en')} x real time`
  console.log(
    `simulation: 10 min at K = 60 in ${warm.toFixed(2)} ms (${times(warm)}); the first in ${first.toFixed(0)} ms`,
  )
}

/** With `--expose-gc`, or else without collecting first. */
async function memory(play) {
  const sims = Number(process.argv[process.argv.indexOf('--sims') + 1]) || 1000
  const scenario = scenarioOf(60, 300_000, [{ fault: 'blackhole', options: {} }])
  const heap = () => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  for (let done = 0; done < 300; done++) await play(scenario)
  const before = heap()
  for (let done = 0; done < sims; done++) await play(scenario)
  const bytes = Math.round((heap() - before) / sims)
  console.log(
    `simulation: ${bytes} bytes a simulation left after ${sims}${globalThis.gc ? '' : ' (not collected: run with --expose-gc)'}`,
  )
}
