/*
 * Plays one scenario on what `npm run build` made and prints a hash of its evidence, for test/sim/determinism.test.ts: in a
 * fresh process, under any version of Node. `node fingerprint.js [seed] [times]`; `--mqtt-first` loads MQTT.js before.
 */
import { createHash } from 'node:crypto'

if (process.argv.includes('--mqtt-first')) await import('mqtt')

const { run } = await import('../../build/engine/run.js')
const { faults, openLab } = await import('../../build/plugins.js')

const seed = Number(process.argv[2] ?? 1)
const times = Number(process.argv[3] ?? 1)
const position = { file: 'fingerprint', line: 1, column: 1 }
const ms = value => ({ ms: value, k: 0 })
const blackhole = faults.get('blackhole').options.parse({})

/** Jitter and reconnects, so that chance and order both matter; twenty minutes of it. */
const scenario = {
  name: 'fingerprint',
  position,
  broker: { name: 'aedes', options: {} },
  client: {
    name: 'mqttjs',
    options: {},
    keepaliveS: 30,
    protocol: 4,
    traffic: { publishing: { qos: 1, every: ms(7000) } },
    count: 2,
  },
  link: { name: 'embedded', options: {}, latency: ms(20), jitter: ms(15) },
  timeline: [100_000, 700_000].map(at => ({
    at: ms(at),
    for: ms(150_000),
    fault: { name: 'blackhole', options: blackhole },
    position,
  })),
  expect: [],
  until: ms(1_200_000),
}

const play = async () => {
  const { events } = await run(scenario, lab, faults, { seed, runId: `s${seed}` })
  return createHash('sha256').update(JSON.stringify(events)).digest('hex')
}

const lab = openLab('simulated')
const hashes = await Promise.all(Array.from({ length: times }, play))
console.log(JSON.stringify({ node: process.version, hashes: [...new Set(hashes)] }))
