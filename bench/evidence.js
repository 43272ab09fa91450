// What a run of very many events takes: `npm run build && node --expose-gc bench/evidence.js [millions]`.
// Each figure is taken in a process of its own, since memory is never given back in full.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { virtualClock } from '../build/clock/virtual.js'
import { Roster } from '../build/commands/device/roster.js'
import { recorder } from '../build/engine/recorder.js'
import { readEvidence } from '../build/evidence/read-evidence.js'
import { writeEvidence } from '../build/evidence/write.js'
import { checks } from '../build/judge/checks/index.js'
import { judge } from '../build/judge/judge.js'
import { header } from './evidence/header.js'

const MILLION = 1e6

/** One event after the other of a storm, `count` of them, dated `perS` exchanges a second. */
const STORMS = {
  pings: function* (count, perS) {
    yield* opening(1, 0)
    for (let i = 0; i < count / 4; i++) {
      const atMs = 10 + (i * 1000) / perS
      yield packet(atMs, 1, 'up', 'client', { cmd: 'pingreq', bytes: 2 })
      yield packet(atMs + 0.01, 1, 'up', 'broker', { cmd: 'pingreq', bytes: 2 })
      yield packet(atMs + 0.02, 1, 'down', 'broker', { cmd: 'pingresp', bytes: 2 })
      yield packet(atMs + 0.03, 1, 'down', 'client', { cmd: 'pingresp', bytes: 2 })
    }
  },
  publishes: function* (count, perS) {
    yield* opening(1, 0)
    for (let i = 0; i < count / 4; i++) {
      const atMs = 10 + (i * 1000) / perS
      const messageId = 1 + (i % 65_535)
      const publish = { cmd: 'publish', bytes: 40, topic: 'a/b', qos: 1, messageId }
      yield packet(atMs, 1, 'up', 'client', publish)
      yield packet(atMs + 0.01, 1, 'up', 'broker', publish)
      yield packet(atMs + 0.02, 1, 'down', 'broker', { cmd: 'puback', bytes: 4, messageId })
      yield packet(atMs + 0.03, 1, 'down', 'client', { cmd: 'puback', bytes: 4, messageId })
    }
  },
  reconnects: function* (count, perS) {
    for (let i = 0; i < count / 11; i++) {
      const atMs = (i * 1000) / (perS / 4)
      yield* opening(i + 1, atMs)
      for (const [edge, from] of [
        ['broker', 'broker'],
        ['client', 'broker'],
        ['client', 'client'],
        ['broker', 'client'],
      ])
        yield { who: 'link', what: 'fin', edge, from, conn: i + 1, atMs: atMs + 0.1 }
    }
  },
}

const packet = (atMs, conn, flow, edge, summary) => ({
  who: 'link',
  what: 'packet',
  flow,
  edge,
  packet: summary,
  conn,
  atMs,
})

function* opening(conn, atMs) {
  yield { who: 'link', what: 'open', edge: 'client', from: 'client', conn, atMs }
  yield { who: 'link', what: 'open', edge: 'broker', from: 'client', conn, atMs }
  const connect = { cmd: 'connect', bytes: 30, clientId: 'ho-r-1', keepaliveS: 2, protocolVersion: 4, clean: true }
  const connack = { cmd: 'connack', bytes: 4, code: 0, sessionPresent: false }
  yield packet(atMs, conn, 'up', 'client', connect)
  yield packet(atMs + 0.01, conn, 'up', 'broker', connect)
  yield packet(atMs + 0.02, conn, 'down', 'broker', connack)
  yield packet(atMs + 0.03, conn, 'down', 'client', connack)
}

const EXPECT = ['pings-on-time', 'stays-connected', 'flaps']

/** Recorder, spool, digest, judge, file, and the file judged again; each step with its time and the peak of memory so far. */
async function pure(storm, count) {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-bench-'))
  try {
    const head = header(EXPECT)
    const clock = virtualClock()
    const log = recorder(clock, 'r', { alone: true, folder })
    let lastMs = 0
    const recordS = await timed(() => {
      for (const event of STORMS[storm](count, 20_000)) {
        log.record(event)
        lastMs = event.atMs
      }
    })
    await clock.advanceTo(lastMs + 10)
    log.end()
    let evidence
    const digestS = await timed(async () => {
      evidence = { header: head, ...(await log.evidence(0, head)) }
    })
    let verdict
    const judgeS = await timed(() => {
      verdict = judge(evidence, checks)
    })
    const judgedMb = peakMb()
    const file = join(folder, 'run.ndjson')
    const writeS = await timed(() => writeEvidence(file, evidence))
    const writtenMb = peakMb()
    let again
    const readS = process.argv.includes('--no-read')
      ? 0
      : await timed(async () => {
          again = judge(await readEvidence(file, { folder }), checks)
        })
    return {
      storm,
      count,
      recordS,
      digestS,
      judgeS,
      writeS,
      readS,
      fileMb: statSync(file).size / 2 ** 20,
      kept: evidence.events.length,
      judgedMb,
      writtenMb,
      peakMb: peakMb(),
      result: verdict.result,
      same: again === undefined || JSON.stringify(again) === JSON.stringify(verdict),
      notes: verdict.notes ?? verdict.troubles,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const peakMb = () => process.resourceUsage().maxRSS / 1024

async function timed(act) {
  const fromNs = process.hrtime.bigint()
  await act()
  return Number(process.hrtime.bigint() - fromNs) / 1e9
}

/** What the roster of `device` does for each event, by connections. */
function roster(count) {
  const seen = new Roster({ tls: false, addressOf: () => '127.0.0.1' })
  let events = 0
  for (const event of STORMS.reconnects(count * 11, 1000)) {
    seen.see(event)
    void seen.ready
    events++
  }
  return { count, events, stepsPerEvent: seen.steps / events }
}

async function alone(what, ...args) {
  const child = fork(
    fileURLToPath(import.meta.url),
    ['--child', what, ...args.map(String), ...process.argv.filter(a => a === '--no-read')],
    { execArgv: [] },
  )
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', code => reject(new Error(`exit code ${code}`)))
  })
}

export async function run() {
  const given = Number(process.argv.find(arg => /^[\d.]+$/.test(arg)) ?? 1)
  console.log('\nevidence: events through recorder, spool, digest and judge, each in a process of its own')
  for (const storm of Object.keys(STORMS)) print(await alone('pure', storm, given * MILLION))
  for (const count of [400, 4000, 40_000]) {
    const { events, stepsPerEvent } = await alone('roster', count)
    const fromNs = process.hrtime.bigint()
    roster(count)
    const s = Number(process.hrtime.bigint() - fromNs) / 1e9
    console.log(
      `  device's roster, ${String(count).padStart(6)} connects: ${stepsPerEvent.toFixed(2)} steps an event, ${((s * 1e6) / events).toFixed(2)} us an event`,
    )
  }
}

function print(row) {
  const rate = s => `${Math.round(row.count / s / 1000)}k/s`
  console.log(`  ${row.storm}, ${row.count / MILLION} million events: ${row.result}, ${row.kept} kept, file ${row.fileMb.toFixed(0)} MB
    recorded ${rate(row.recordS)}  digested ${rate(row.digestS)}  judged in ${row.judgeS.toFixed(2)} s  written ${rate(row.writeS)}${row.readS ? `  read and judged again ${rate(row.readS)}, ${row.same ? 'the same verdict' : 'ANOTHER VERDICT'}` : ''}
    peak RSS ${row.judgedMb.toFixed(0)} MB judged, ${row.writtenMb.toFixed(0)} MB written, ${row.peakMb.toFixed(0)} MB in all`)
  for (const note of row.notes) console.log(`    ${note}`)
}

const TASKS = { pure: (storm, count) => pure(storm, Number(count)), roster: count => roster(Number(count)) }

if (process.argv[2] === '--child') {
  const [, , , what, ...args] = process.argv
  process.send(await TASKS[what](...args), () => process.disconnect())
} else if (process.argv[1] === fileURLToPath(import.meta.url)) await run()
