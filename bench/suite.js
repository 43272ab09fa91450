// What a suite costs beyond waiting: wall time of `halfopen run` against its longest scenario.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = new URL('../dist/cli/main.js', import.meta.url).pathname
const LONGEST_S = 9

const scenario = index => `name: half-open ${index}
broker: aedes
client: { name: mqttjs, keepalive: 2s, traffic: idle }
timeline: [{ at: 3s, fault: blackhole }]
expect: [broker-drops-client, client-gives-up, will-published]
until: ${LONGEST_S}s
`

const healthy = index => `name: healthy ${index}
broker: aedes
client: { name: mqttjs, keepalive: 1s, traffic: idle }
expect: [pings-on-time, stays-connected]
until: 3s
`

export function suite() {
  const rows = [1, 10, 100].map(count => wallOf(count, scenario, LONGEST_S))
  console.log('wall time of a suite (aim: <= 1.1 x longest + 1.5 s, none inconclusive)')
  console.table(rows)
}

/** No false alarm: 1,000 healthy runs side by side. */
export function falseAlarms() {
  console.log('1,000 healthy runs, 200 at once')
  console.table([wallOf(1000, healthy, 15)])
}

function wallOf(count, text, longestS, args = []) {
  const directory = mkdtempSync(join(tmpdir(), 'halfopen-bench-'))
  for (let index = 0; index < count; index++) writeFileSync(join(directory, `s${index}.yaml`), text(index))
  const report = join(directory, 'report.json')
  const startMs = performance.now()
  const { status } = spawnSync(
    'node',
    [MAIN, 'run', directory, '--json', report, '--out', join(directory, 'evidence'), ...args],
    {
      stdio: 'ignore',
    },
  )
  const wallS = (performance.now() - startMs) / 1000
  const { results } = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(directory, { recursive: true })
  const having = result => results.filter(each => each.result === result).length
  return {
    scenarios: count,
    'wall s': round(wallS),
    'limit s': round(1.1 * longestS + 1.5),
    pass: having('pass'),
    fail: having('fail'),
    inconclusive: having('inconclusive'),
    exit: status,
  }
}

const round = value => Math.round(value * 100) / 100
