// Are the dates true? Plays scenarios and holds every packet and close that halfopen dated against a capture of the same
// run by tcpdump on the loopback interface.
import { performance } from 'node:perf_hooks'
import { loadScenarios, openLab, run } from '../dist/index.js'
import { startCapture } from './capture.js'
import { spread } from './percentile.js'

const SCENARIOS = [
  'healthy/idle',
  'half-open/both-*',
  'reset/*-at-both',
  'delay/*',
  'idle-cut/rst-*',
  'swallow/pingre*',
]

export async function dates() {
  const rows = []
  for (const count of [1, 100]) {
    const capture = await startCapture()
    if (typeof capture === 'string') return console.log(`dates: not compared, ${capture}`)
    const played = await play(count)
    const differences = compare(played, await capture.stop())
    rows.push({ 'at once': count, ...spread(differences.packets), ...ends(differences.ends) })
  }
  console.log('dates against tcpdump on lo, |difference| in ms (aim: median <= 2, p99 <= 10)')
  console.table(rows)
}

const ends = values => {
  const { count, median, p99, max } = spread(values)
  return { closes: count, 'closes median': median, 'closes p99': p99, 'closes max': max }
}

/** Raw events of each run with their date as milliseconds of the epoch. */
async function play(count) {
  const { scenarios } = await loadScenarios(
    SCENARIOS.map(name => `scenarios/${name}.yaml`),
    { cwd: new URL('..', import.meta.url).pathname },
  )
  const lab = openLab('local')
  const played = []
  const runs = Array.from({ length: count }, (_, index) => {
    const record = { events: [] }
    played.push(record)
    return run(scenarios[index % scenarios.length], spied(lab, record))
  })
  await Promise.all(runs)
  await lab[Symbol.asyncDispose]()
  return played
}

/** The same lab; what happens in it is also dated against the epoch here. */
function spied(lab, record) {
  return {
    kind: lab.kind,
    admits: scenario => lab.admits(scenario),
    clock() {
      const clock = lab.clock()
      record.offsetMs = performance.timeOrigin + performance.now() - clock.nowMs()
      return clock
    },
    async open(scenario, kit) {
      const spy = event => {
        if (event.who === 'link') record.events.push({ ...event, epochMs: record.offsetMs + kit.clock.nowMs() })
        kit.record(event)
      }
      const bench = await lab.open(scenario, { ...kit, record: spy })
      record.linkPort = bench.link.address.port
      record.brokerPort = bench.broker.address.port
      return bench
    },
  }
}

function compare(played, segments) {
  const differences = { packets: [], ends: [] }
  const flows = flowsOf(segments)
  for (const { events, linkPort, brokerPort } of played)
    for (const [edge, port] of [
      ['client', linkPort],
      ['broker', brokerPort],
    ])
      compareEdge(events, edge, flows, port, differences)
  return differences
}

/** Connections of the capture by the port that was dialled, in order of opening. */
function flowsOf(segments) {
  const flows = new Map()
  const live = new Map()
  for (const segment of segments) {
    const dialled = `${segment.from}>${segment.to}`
    if (segment.syn && !live.has(`${segment.to}>${segment.from}`)) {
      const flow = { port: segment.to, up: [], down: [] }
      live.set(dialled, flow)
      flows.set(segment.to, [...(flows.get(segment.to) ?? []), flow])
    } else if (live.has(dialled)) live.get(dialled).up.push(segment)
    else live.get(`${segment.to}>${segment.from}`)?.down.push(segment)
  }
  return flows
}

/** One edge of one run: its connections in order, each beside the flow whose CONNECT carries the same client id. */
function compareEdge(events, edge, flows, port, differences) {
  const taken = new Set()
  for (const conn of new Set(events.map(event => event.conn))) {
    const here = events.filter(event => event.conn === conn && event.edge === edge)
    const connect = here.find(event => event.packet?.cmd === 'connect')
    if (!connect) continue
    const id = connect.packet.clientId
    const flow = flows.get(port)?.find(({ up }) => !taken.has(up) && up.some(({ head }) => head.includes(id)))
    if (!flow) continue
    taken.add(flow.up)
    for (const direction of ['up', 'down']) compareFlow(here, direction, edge, flow[direction], differences)
  }
}

function compareFlow(events, direction, edge, segments, differences) {
  let sent = 0
  let seen = 0
  let at = -1
  for (const event of events.filter(({ what, flow }) => what === 'packet' && flow === direction)) {
    sent += event.packet.bytes
    while (seen < sent && at + 1 < segments.length) seen += segments[++at].bytes
    if (seen >= sent) differences.packets.push(Math.abs(event.epochMs - segments[at].epochMs))
  }
  // At the client's edge the client sends `up`; at the broker's edge the broker sends `down`. The rest is the link's.
  const peerSends = direction === (edge === 'client' ? 'up' : 'down')
  for (const how of ['fin', 'rst']) {
    const event = events.find(one => one.what === how && (one.from === edge) === peerSends)
    const segment = segments.find(one => one[how])
    if (event && segment) differences.ends.push(Math.abs(event.epochMs - segment.epochMs))
  }
}
