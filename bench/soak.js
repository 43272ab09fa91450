// Whether halfopen stays well for as long as it runs: rounds of 300 healthy scenarios at once, with new brokers and clients each, and a
// fault in every second round. No false alarm, and memory and descriptors are flat from the third round on.
import { readdirSync, readFileSync } from 'node:fs'
import { run as play } from '../build/engine/run.js'
import { judge } from '../build/judge/judge.js'
import { checks, faults, openLab, vocabulary } from '../build/plugins.js'
import { loadScenarioText } from '../build/scenario/load.js'

const MINUTES = 10
const AT_ONCE = 300
/** Rounds until caches are warm and the heaps have their size. */
const WARM = 3
/** What the later half may be above the one before. */
const GROWN = 1.1

const HEALTHY = `name: healthy
broker: aedes
client: { name: mqttjs, keepalive: 4s, traffic: idle }
expect: [pings-on-time, stays-connected]
until: 9s
`
const BROKEN = HEALTHY.replace('healthy', 'half-open')
  .replace(/expect: .*/, 'timeline: [{ at: 5s, fault: blackhole }]\nexpect: [broker-drops-client, client-gives-up]')
  // Both windows end 1.5K after the fault, and a little later.
  .replace('until: 9s', 'until: 13s')

/**
 * `npm run bench soak`: 10 minutes, 300 at once; `npm run bench soak -- --minutes=3 --at-once=100` for less. Its last line is the verdict.
 * Exit code 0: well; 1: a false alarm, less than half passed, or something grows; 3: too few rounds to tell.
 */
export async function soak() {
  const option = (name, otherwise) =>
    Number(process.argv.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise)
  const endMs = performance.now() + option('minutes', MINUTES) * 60_000
  const atOnce = option('at-once', AT_ONCE)
  console.log(`soak: ${atOnce} at once, ${option('minutes', MINUTES)} minutes`)
  const rows = []
  while (performance.now() < endMs) {
    const row = await round(rows.length + 1, atOnce)
    rows.push(row)
    console.log(JSON.stringify(row))
  }
  console.table(rows)
  const late = rows.slice(WARM - 1)
  const alarms = rows.reduce((sum, { fail }) => sum + fail, 0)
  console.log(`false alarms: ${alarms}`)
  const growth = ['rss MB', 'descriptors', 'processes'].map(what => [what, growthOf(late.map(row => row[what]))])
  for (const [what, { text }] of growth) console.log(`${what}: ${text}`)
  // Where nothing was played, all is flat.
  const passed = rows.reduce((sum, { pass }) => sum + pass, 0)
  const played = rows.length * atOnce
  console.log(`passed: ${passed} of ${played}`)
  const wrong = [
    ...(alarms > 0 ? [`${alarms} false alarms`] : []),
    ...(passed < played / 2 ? ['less than half passed'] : []),
    ...growth.filter(([, { ratio }]) => ratio > GROWN).map(([what]) => `${what} grows`),
  ]
  const unknown = growth.some(([, { ratio }]) => ratio === undefined)
  if (wrong.length > 0) console.log(`soak: NOT WELL: ${wrong.join(', ')}`)
  else if (unknown) console.log('soak: not known: too few rounds; give it more --minutes')
  else console.log('soak: well')
  process.exitCode = wrong.length > 0 ? 1 : unknown ? 3 : 0
}

/** Of the later half of these to the earlier one, at its most; `ratio` is absent where they are too few. */
function growthOf(values) {
  if (values.length < 4) return { text: `${values.join(', ')}: too few rounds to tell` }
  const half = Math.floor(values.length / 2)
  const most = list => Math.max(...list)
  const ratio = most(values.slice(-half)) / most(values.slice(0, half))
  const word = ratio <= GROWN ? 'flat' : 'GROWS'
  return { ratio, text: `${word} (x ${ratio.toFixed(2)} from the earlier half to the later one: ${values.join(', ')})` }
}

/** A lab of its own, so that its brokers are new. */
async function round(number, atOnce) {
  const lab = openLab('local')
  const text = number % 2 === 0 ? BROKEN : HEALTHY
  const startMs = performance.now()
  const results = await Promise.all(Array.from({ length: atOnce }, (_, i) => one(text, lab, number, i)))
  await lab[Symbol.asyncDispose]()
  globalThis.gc?.()
  const having = result => results.filter(each => each === result).length
  const family = familyOf(process.pid)
  return {
    round: number,
    fault: number % 2 === 0 ? 'blackhole' : '-',
    s: Math.round((performance.now() - startMs) / 100) / 10,
    pass: having('pass'),
    fail: having('fail'),
    inconclusive: having('inconclusive'),
    'rss MB': Math.round(family.reduce((sum, pid) => sum + rssOf(pid), 0)),
    descriptors: family.reduce((sum, pid) => sum + descriptorsOf(pid), 0),
    processes: family.length,
  }
}

async function one(text, lab, number, i) {
  const { scenarios, problems } = loadScenarioText(text, 'soak.yaml', vocabulary)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  const runId = `k${number.toString(36)}x${i.toString(36)}`
  const evidence = await play(scenarios[0], lab, faults, { seed: number * 1000 + i, runId })
  return judge(evidence, checks).result
}

/** With all that it started. Linux tells. */
function familyOf(root) {
  const parents = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => [Number(name), parentOf(name)])
  const found = [root]
  for (const pid of found) found.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child))
  return found
}

const read = path => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
const parentOf = pid => Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1])
const rssOf = pid => Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
const descriptorsOf = pid => {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}
