// Are the dates true? Plays scenarios and holds every packet and close that halfopen dated against a capture of the same
// run by tcpdump on the loopback interface: quiet and beside busy loops, with the parts of a bench in processes of their own as
// they are, and in the thread of the suite as they were.
import { spawn } from 'node:child_process'
import { monotonicMs } from '../build/clock/real.js'
import { run } from '../build/engine/run.js'
import { faults } from '../build/faults/index.js'
import { watchHosts } from '../build/hosts/host.js'
import { loadScenarios } from '../build/index.js'
import { local } from '../build/labs/local.js'
import { peers } from '../build/plugins.js'
import { pace } from '../build/vitest/pace.js'
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

/** As many as the default run has in real time. */
const AT_ONCE = 100
const HOGS = [0, 4, 8]
const ARRANGEMENTS = { 'in one thread': () => together(peers), 'processes of their own': () => peers }
/** What an event's own interval leaves out: the resolution of the lab, and of the calendar's offset. */
const RESOLUTION_MS = local.resolutionMs

export async function dates() {
  const rows = []
  for (const count of HOGS) {
    const hogs = Array.from({ length: count }, hog)
    try {
      for (const [arrangement, chosen] of Object.entries(ARRANGEMENTS)) {
        const capture = await startCapture()
        if (typeof capture === 'string') return console.log(`dates: not compared, ${capture}`)
        const played = await play(chosen())
        const differences = compare(played, await capture.stop())
        rows.push({ 'busy loops': count, parts: arrangement, ...figures(differences) })
      }
    } finally {
      for (const { pid } of hogs) process.kill(pid, 'SIGKILL')
    }
  }
  console.log(`dates against tcpdump on lo, ${AT_ONCE} scenarios at once, |difference| in ms`)
  console.table(rows)
}

const hog = () => spawn('sh', ['-c', 'while :; do :; done'], { detached: true, stdio: 'ignore' })

/** Without a home of their own, everything lives where the runs do. */
function together({ brokers, clients, links }) {
  const homeless = kinds => new Map([...kinds].map(([name, { home: _home, ...kind }]) => [name, kind]))
  return { brokers: homeless(brokers), clients: homeless(clients), links: homeless(links) }
}

function figures(differences) {
  const { count, median, p99, max } = spread(differences.map(({ lateMs }) => Math.abs(lateMs)))
  const outside = differences.filter(({ isInside }) => !isInside).length
  return { dates: count, median, p99, max, 'outside of their own interval': outside }
}

/** The calendar's date of a moment of the monotonic clock, in milliseconds; looked at when the calendar's millisecond changes. */
function epochOffsetMs() {
  const beginMs = Date.now()
  let nowMs = beginMs
  while (nowMs === beginMs) nowMs = Date.now()
  return nowMs - monotonicMs()
}

/** Raw events of each run with their date as milliseconds of the epoch. */
async function play(chosen) {
  const { scenarios } = await loadScenarios(
    SCENARIOS.map(name => `scenarios/${name}.yaml`),
    { cwd: new URL('..', import.meta.url).pathname },
  )
  const lab = local.create(chosen)
  await lab.prepare?.(scenarios)
  const played = []
  const beforeMs = epochOffsetMs()
  const speed = pace()
  const unwatch = watchHosts(speed.restless)
  const runs = Array.from({ length: AT_ONCE }, async (_, index) => {
    const record = { events: [] }
    played.push(record)
    const options = { seed: index, runId: `d${index}`, turn: turnOf(speed) }
    await run(scenarios[index % scenarios.length], spied(lab, record), faults, options)
  })
  await Promise.all(runs)
  unwatch()
  await lab[Symbol.asyncDispose]()
  // A calendar that is being set (NTP) moves slowly: half-way is close enough.
  const offsetMs = (beforeMs + epochOffsetMs()) / 2
  for (const { events } of played) for (const event of events) event.epochMs = event.monotonicMs + offsetMs
  return played
}

/** They begin as fast as the machine bears it, as in a suite. */
function turnOf(speed) {
  let connected = () => {}
  return {
    async opened() {
      connected = await speed.begin(new AbortController().signal)
    },
    started: () => connected(),
  }
}

/** The same lab; what happens in it is also dated against the machine's clock here. */
function spied(lab, record) {
  return {
    kind: lab.kind,
    admits: scenario => lab.admits(scenario),
    clock: () => lab.clock(),
    async open(scenario, kit) {
      const spy = event => {
        const { atMs = kit.clock.nowMs(), lateMs = 0 } = event
        if (event.who === 'link') record.events.push({ ...event, lateMs, monotonicMs: atMs + kit.clock.originMs })
        kit.record(event)
      }
      const bench = await lab.open(scenario, { ...kit, record: spy })
      record.linkPort = bench.link.address.port
      record.brokerPort = bench.broker.address.port
      return bench
    },
  }
}

/** How late the event is dated, and whether the capture lies in the interval that the event states. */
function differenceOf({ epochMs, lateMs }, segment) {
  const isLateMs = epochMs - segment.epochMs
  return { lateMs: isLateMs, isInside: isLateMs >= -RESOLUTION_MS && isLateMs <= lateMs + RESOLUTION_MS }
}

function compare(played, segments) {
  const differences = []
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
    } else if (live.has(dialled)) addNew(live.get(dialled).up, segment)
    else addNew(live.get(`${segment.to}>${segment.from}`)?.down, segment)
  }
  return flows
}

/** What TCP sends once more is nothing new. */
function addNew(segments, segment) {
  const isOld = segments?.some(
    ({ seq, bytes, fin, rst }) => bytes > 0 && !fin && !rst && seq === segment.seq && segment.bytes > 0,
  )
  if (!isOld) segments?.push(segment)
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
    if (seen >= sent) differences.push(differenceOf(event, segments[at]))
  }
  // At the client's edge the client sends `up`; at the broker's edge the broker sends `down`. The rest is the link's.
  const peerSends = direction === (edge === 'client' ? 'up' : 'down')
  for (const how of ['fin', 'rst']) {
    const event = events.find(one => one.what === how && (one.from === edge) === peerSends)
    const segment = segments.find(one => one[how])
    if (event && segment) differences.push(differenceOf(event, segment))
  }
}
