/**
 * Where time is faster, what a turn of the machine takes is many times as long for the peers. Whatever is dated that much later, no verdict
 * changes: each constant that means the machine's time is widened by it (timing/tolerance.ts). One that is not shows here as a verdict of
 * its own: real MQTT.js and Aedes are played in virtual time at a keep-alive of a minute, and what they do is moved by what turns take.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { simulated } from '../../src/labs/simulated.ts'
import type { Event } from '../../src/model/event.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { vocabulary } from '../../src/plugins.ts'
import { loadScenarioText } from '../../src/scenario/load.ts'
import { bare } from '../sim/play.ts'

const SPEED = 100
/** Of the lab accelerated, ten milliseconds of the machine. */
const RESOLUTION_MS = 1000

const client = (more = '') => `client: { name: mqttjs, keepalive: 120s${more} }`
const scenarios = {
  'a path that goes silent': `${client()}
timeline: [{ at: 160s, fault: blackhole }]
expect: [pings-on-time, broker-drops-client, client-gives-up, will-published, application-told]
until: 560s`,
  'a path that goes silent right after a ping': `${client()}
timeline: [{ at: 120800ms, fault: blackhole }]
expect: [broker-drops-client, client-gives-up, will-published]
until: 560s`,
  'a path that goes silent while the client publishes': `${client(', traffic: { publishing: { qos: 1, every: 14s } }')}
timeline: [{ at: 160s, fault: blackhole }]
expect: [broker-drops-client, client-gives-up, will-published]
until: 560s`,
  'an outage after which all goes on': `${client(', traffic: { publishing: { qos: 1, every: 14s } }')}
timeline: [{ at: 160s, fault: blackhole, for: 40s }]
expect: [stays-connected, messages-kept, flaps]
until: 560s`,
  'an outage from which the client comes back': `${client()}
timeline: [{ at: 160s, fault: blackhole, for: 6m }]
expect: [broker-drops-client, client-gives-up, will-published, { reconnects: { latest: 120s } }, { flaps: { min: 1, max: 1 } }]
until: 1000s`,
  'answers that are swallowed': `${client()}
timeline: [{ at: 60s, fault: { swallow: { packets: [pingresp] } } }]
expect: [client-gives-up]
until: 560s`,
  'a middlebox that forgets': `${client(', traffic: { receiving: { qos: 1, every: 11s } }')}
timeline: [{ at: 0s, fault: { idle-cut: { after: 350s, on_next: rst-sender } } }]
expect: [stays-connected, messages-kept, pings-on-time, flaps]
until: 800s`,
} as const

const played = new Map<string, Evidence>()

beforeAll(async () => {
  await using lab = simulated.create(bare)
  for (const [name, text] of Object.entries(scenarios)) {
    const { scenarios, problems } = loadScenarioText(`name: ${name}\nbroker: aedes\n${text}\n`, 'x.yaml', vocabulary)
    const [scenario] = scenarios
    if (!scenario) throw new Error(JSON.stringify(problems))
    const { header, events } = await run(scenario, lab, faults, { seed: 1, runId: 's1' })
    played.set(name, {
      header: { ...header, lab: 'accelerated', speed: SPEED, labResolutionMs: RESOLUTION_MS },
      events,
    })
  }
})

/** Each event later by its own turn, and none before the one that came before it: the link dates in order. */
function delayed({ header, events }: Evidence, delaysMs: readonly number[]): Evidence {
  let lastMs = Number.NEGATIVE_INFINITY
  const late = (event: Event, i: number): Event => {
    const moved = event.who === 'harness' ? event.atMs : event.atMs + (delaysMs[i % delaysMs.length] ?? 0)
    lastMs = Math.max(lastMs, moved)
    return { ...event, atMs: lastMs }
  }
  return { header, events: events.map(late) }
}

/** Mostly none or all that a turn may take: that is where constants end. */
const turns = fc.array(fc.oneof(fc.constantFrom(0, RESOLUTION_MS), fc.integer({ min: 0, max: RESOLUTION_MS })), {
  minLength: 7,
  maxLength: 40,
})

const resultsOf = (evidence: Evidence) =>
  judge(evidence, checks).outcomes.map(({ check, result, reason }) => ({ check, result, reason }))

test.each(Object.keys(scenarios))('%s is judged alike, whatever turns of the machine take', name => {
  const evidence = played.get(name)
  if (!evidence) throw new Error('it was not played')
  expect(resultsOf(evidence).filter(({ result }) => result !== 'pass')).toEqual([])
  fc.assert(
    fc.property(turns, delaysMs => {
      expect(resultsOf(delayed(evidence, delaysMs)).filter(({ result }) => result !== 'pass')).toEqual([])
    }),
    { numRuns: 80 },
  )
})

/** Constants in milliseconds that are compared with dates of a run as they are, and why. */
const AS_THEY_ARE: Readonly<Record<string, string>> = {
  EPSILON_MS: 'what floating point makes of a difference',
  WINDOW_MS: "a second of the peers': how much they send in it",
  OWN_WITHIN_MS: 'clients count in whole seconds of their own',
  CAUSE_MS: 'times the speed',
  AFTERMATH_MS: 'of evidence from before dates were intervals, when no time was faster',
  STARVED_MS: "where time is the machine's; else FAST_STARVED_MS",
  FAST_STARVED_MS: 'times the speed',
  LOOK_MS: 'times the speed',
  LATE_MS: 'in the recorder: less than this is not written down',
  LEAST_LATENCY_MS: 'of virtual time',
  RECONNECT_MS: "by the witness's own timers: sooner where time is faster",
  KEEPALIVES_S: 'what the witness asks for',
  LIFTED_EXACT_MS: 'how exact a figure has to be',
  LIFT_S: 'what a broker rounds to, in its own seconds',
  APART_MS: 'and no less than the points lie apart anyway',
  OWN_SPREAD_MS: 'of a library, in its own time',
  LOOKS_EVERY_MS: "a library's own loop",
  SHORTEST_MS: "a broker's own scan",
  LONGEST_MS: "a broker's own scan",
  SHOWN_MS: 'digits that are printed',
  HIDDEN_MS: 'digits that are printed',
  SILENT_SPAN_MS: "over a broker's own scans",
  LONGEST_S: 'of the protocol',
  LEAST_IMPOSED_S: 'of a broker',
  FASTER_TRIAL_S: 'K of a trial',
  LINGER_MS: 'the engine scales it',
  SUBACK_LIMIT_MS: 'scaled; told as seconds of the machine',
  WITHIN_MS: 'with the slack of a faster time beside it',
  ASKED_S: 'of a program that is asked before any run',
  JVM_ASKED_S: 'of a program that is asked before any run',
}

/** Those that meet them: labs whose time is the machine's have constants of their own. */
const FOLDERS = ['src/judge', 'src/judge/checks', 'src/engine', 'src/figures', 'src/labs', 'src/labs/accelerated']
const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap(name => (name.endsWith('.ts') ? [join(folder, name)] : []))

test("each constant of the machine's time is scaled where it meets dates of a run, or it is said here why it is none", () => {
  const cwd = join(import.meta.dirname, '../..')
  const files = FOLDERS.flatMap(folder => sourcesIn(join(cwd, folder)))
  const bare = files.flatMap(file => {
    const text = readFileSync(file, 'utf8')
    const names = [...text.matchAll(/^(?:export )?const ([A-Z][A-Z_]*_(?:MS|S)) = /gm)].map(([, name = '']) => name)
    return names.flatMap(name => {
      const uses = [...text.matchAll(new RegExp(`^.*\\b${name}\\b.*$`, 'gm'))]
        .map(([line]) => line)
        .filter(line => !/^(?:export )?const /.test(line) && !line.trim().startsWith('*'))
      const isScaled = uses.every(line => new RegExp(`(?:turnMs|ownMs)\\([^)]*\\b${name}\\b`).test(line))
      return isScaled || name in AS_THEY_ARE ? [] : [`${relative(cwd, file)}: ${name}`]
    })
  })
  expect(bare).toEqual([])
  const all = files.map(file => readFileSync(file, 'utf8')).join('\n')
  expect(Object.keys(AS_THEY_ARE).filter(name => !new RegExp(`\\b${name}\\b`).test(all))).toEqual([])
})
