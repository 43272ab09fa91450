// What the models of clients do beside the real ones that are made here (`npx halfopen peers`): the same scenario in the labs local and
// simulated. `--write` keeps the real figures for test/peers/models/agreement.test.ts.
import { readFileSync, writeFileSync } from 'node:fs'
import { run } from '../build/engine/run.js'
import { clients, faults, openLab, vocabulary } from '../build/plugins.js'
import { loadScenarioText } from '../build/scenario/load.js'

const FILE = new URL('../test/peers/models/real-clients.json', import.meta.url)
const TRAFFICS = {
  idle: 'idle',
  'publishing QoS 0': '{ publishing: { qos: 0, every: 700ms } }',
  'publishing QoS 1': '{ publishing: { qos: 1, every: 700ms } }',
}
/** libmosquitto takes no less than 5 s. */
const KEEPALIVES_S = { 'paho-c': [2, 6, 8], libmosquitto: [5, 8] }

/** The path dies a little after the second ping was due. */
const scenarioOf = ({ client, keepaliveS, traffic }, lab) => {
  const cutMs = Math.round(2.3 * keepaliveS * 1000 + 130)
  const text = `name: a dead path
broker: aedes
client: { name: ${client}, keepalive: ${keepaliveS}s, traffic: ${TRAFFICS[traffic]} }
timeline: [{ at: ${cutMs}ms, fault: blackhole }]
expect: [client-gives-up]
until: ${cutMs + 3200 * keepaliveS + 13_000}ms
lab: [${lab}]
`
  const { scenarios, problems } = loadScenarioText(text, 'models.yaml', vocabulary)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return scenarios[0]
}

/** In milliseconds: the first pings, counted from CONNACK, and the close, counted from the last packet that it got. */
function figuresOf({ header, events }) {
  const trouble = events.find(({ what }) => what === 'trouble')
  if (trouble) throw new Error(trouble.note)
  const first = events.filter(({ conn, edge }) => conn === 1 && edge === 'client')
  const pings = first.filter(({ what, packet }) => what === 'packet' && packet.cmd === 'pingreq')
  const received = first.filter(({ what, flow }) => what === 'packet' && flow === 'down')
  const end = first.find(({ what, from }) => (what === 'fin' || what === 'rst') && from === 'client')
  const closedMs = end ? Math.round(end.atMs - received.at(-1).atMs) : null
  return { version: header.client.version, pingsMs: pings.slice(0, 2).map(({ atMs }) => Math.round(atMs)), closedMs }
}

let runs = 0
const play = async (given, name) => {
  const lab = openLab(name)
  try {
    const options = { seed: 1, runId: `models${process.pid.toString(36)}${runs++}` }
    return figuresOf(await run(scenarioOf(given, name), lab, faults, options))
  } finally {
    await lab[Symbol.asyncDispose]()
  }
}

export async function models() {
  const made = []
  for (const kind of clients.values())
    if (kind.recipe && (await kind.available(kind.options.parse({}))) === true) made.push(kind.name)
  const asked = made.flatMap(client =>
    (KEEPALIVES_S[client] ?? [3, 6]).flatMap(keepaliveS =>
      Object.keys(TRAFFICS).map(traffic => ({ client, keepaliveS, traffic })),
    ),
  )
  const real = []
  // Few at a time: what other work delays is no figure of the client.
  for (let at = 0; at < asked.length; at += 6)
    real.push(
      ...(await Promise.all(
        asked.slice(at, at + 6).map(async given => ({ ...given, ...(await play(given, 'local')) })),
      )),
    )
  const rows = []
  for (const each of real) {
    const model = await play(each, 'simulated').catch(() => undefined)
    rows.push({
      ...each,
      pingsMs: each.pingsMs.join(' '),
      'model pings': model?.pingsMs.join(' '),
      'model closes': model?.closedMs,
    })
  }
  console.log('models of clients beside the real ones; closes: milliseconds after the last packet that it got')
  console.table(rows)
  if (process.argv.includes('--write')) writeFileSync(FILE, `${JSON.stringify([...kept(made), ...real], null, 2)}\n`)
}

/** The figures of those that are not made here stay. */
function kept(made) {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')).filter(({ client }) => !made.includes(client))
  } catch {
    return []
  }
}
