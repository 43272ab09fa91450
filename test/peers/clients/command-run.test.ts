import { join } from 'node:path'
import { describe, vi } from 'vitest'
import { checks } from '../../../src/judge/checks/index.ts'
import { judge } from '../../../src/judge/judge.ts'
import type { Evidence } from '../../../src/model/evidence.ts'
import type { Expectation } from '../../../src/model/scenario.ts'
import { options } from '../../../src/peers/clients/command.ts'
import { it } from '../../doubt/test.ts'
import { playLocally, scenarioOf, step } from '../../engine/scenarios.ts'
import { noMosquittoSub, titled } from '../../needs.ts'
import { isAlive } from './processes.ts'

const DEVICE = `node ${join(import.meta.dirname, 'device.cjs')}`
const expecting = (...names: string[]): Expectation[] =>
  names.map(check => ({ check, params: {}, position: { file: 'test.yaml', line: 1, column: 1 } }))

interface Given {
  readonly restart?: string
  readonly until?: string
  readonly expect?: readonly string[]
}

const scenario = (command: string, { restart, until = '1s', expect = ['stays-connected'] }: Given = {}) =>
  scenarioOf({
    client: {
      name: 'command',
      options: options.parse({ command, ...(restart && { restart }) }) as Record<string, unknown>,
    },
    expect: expecting(...expect),
    until,
  })

const verdictOn = (evidence: Evidence) => judge(evidence, checks)
const notes = ({ events }: Evidence, what: string) =>
  events.flatMap(event => (event.who === 'client' && event.what === what ? [event.note ?? ''] : []))
const pidsIn = (evidence: Evidence) =>
  notes(evidence, 'log')
    .flatMap(note => /^device (\d+)$/.exec(note)?.[1] ?? [])
    .map(Number)

/** What is to be gone goes at its own pace. */
const gone = (pids: readonly number[]) => vi.waitUntil(() => !pids.some(isAlive), { timeout: 60_000, interval: 20 })

/** Real time: each waits for what it is about, so they wait side by side. */
describe.concurrent('a program as client', () => {
  it('may be slow to connect', async ({ expect, time }) => {
    const evidence = await playLocally(scenario(`sleep 5; exec ${DEVICE}`))
    expect(time.judged(verdictOn(evidence))).toMatchObject({ result: 'pass', troubles: [] })
    const started = evidence.events.find(({ what }) => what === 'started')
    expect(started?.atMs).toBeLessThan(-4900)
  })

  it('that never connects is inconclusive, and named with its last words', async ({ expect }) => {
    const evidence = await playLocally(scenario('echo "waiting for the modem" >&2; sleep 60'))
    const { result, troubles } = verdictOn(evidence)
    expect(result).toBe('inconclusive')
    expect(troubles).toContain(
      'no CONNACK reached the client, so nothing was tested: command echo opened no connection; its last words: "waiting for the modem"',
    )
  })

  it('that ends at once is inconclusive, with its exit code and message', async ({ expect }) => {
    const evidence = await playLocally(scenario('echo "no such sensor" >&2; exit 3'))
    const { result, troubles } = verdictOn(evidence)
    expect(result).toBe('inconclusive')
    expect(troubles).toContain(
      'no CONNACK reached the client, so nothing was tested: command echo ended with exit code 3; its last words: "no such sensor"',
    )
    expect(evidence.events.find(({ what }) => what === 'exited')).toMatchObject({ code: 3, note: 'exit code 3' })
  })

  it('may go into the background, in a session of its own, and is ended all the same', async ({ expect, time }) => {
    const evidence = await playLocally(scenario(`${DEVICE} --detach`))
    expect(time.judged(verdictOn(evidence)).result).toBe('pass')
    expect(notes(evidence, 'exited')).toEqual(['exit code 0'])
    const pids = pidsIn(evidence)
    expect(pids.length).toBe(1)
    await gone(pids)
  })

  it('may ignore every signal, and is ended all the same', async ({ expect, time }) => {
    const evidence = await playLocally(scenario(DEVICE))
    expect(time.judged(verdictOn(evidence)).result).toBe('pass')
    const pids = pidsIn(evidence)
    expect(pids.length).toBe(1)
    await gone(pids)
  })

  it('is started again as often as the scenario says, without what the last one left', async ({ expect, time }) => {
    const startMs = time.nowMs()
    const evidence = await playLocally(scenario(`${DEVICE} --detach`, { restart: '400ms', until: '6s', expect: [] }))
    const pids = pidsIn(evidence)
    // Node takes a second of a processor for each start.
    time.unlessStill(1000, startMs, () => expect(pids.length).toBeGreaterThanOrEqual(3))
    expect(pids.length).toBeGreaterThanOrEqual(1)
    const started = evidence.events.filter(({ what }) => what === 'started').map(({ atMs }) => atMs)
    const exited = evidence.events.filter(({ what }) => what === 'exited').map(({ atMs }) => atMs)
    expect((started[1] ?? 0) - (exited[0] ?? 0)).toBeGreaterThan(395)
    await gone(pids)
  })

  it.skipIf(noMosquittoSub)(
    titled('mosquitto_sub gives up 1K to 2K after the path died', noMosquittoSub),
    async ({ time }) => {
      const command = 'mosquitto_sub -h {host} -p {port} -k {keepalive} -i {clientid} -t {topic}'
      const client = { name: 'command', options: { command }, keepaliveS: 5 }
      const timeline = [step('2.3s', 'blackhole')]
      const evidence = await playLocally(
        scenarioOf({ client, timeline, expect: expecting('client-gives-up'), until: '13s' }),
      )
      const [outcome] = time.judged(verdictOn(evidence)).outcomes
      // It pinged at 5 s, so 10 s are its 2K. libmosquitto 2.0 counts whole seconds, and its select waits for 1 s.
      const toMs = outcome?.seenMs ?? Number.NaN
      time.saw('its end', { evidence, fromMs: 0, toMs }, { earliestMs: 9000, latestMs: 11_500, spareMs: 500 })
    },
  )
})
