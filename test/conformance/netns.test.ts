/**
 * The relay in user space and the kernel's own firewall agree: each behaviour of idle-cut and evict comes to the same verdict in the
 * labs local and netns, and what is detected is detected within 100 ms. Each is played twice in netns: with a timer that
 * counts payload, as the relay's does, and with the kernel's connection tracking, which counts packets.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Lab } from '../../src/labs/lab.ts'
import { available } from '../../src/labs/netns/allowed.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import type { Outcome, Verdict } from '../../src/model/verdict.ts'
import { checks, faults, openLab, vocabulary } from '../../src/plugins.ts'
import { loadScenarios } from '../../src/scenario/load.ts'

const TOLERANCE_MS = 100
/** Many at once first, since they mostly wait; what differs is played again with fewer, since it may have been the load. */
const AT_ONCE = [8, 4, 2]

const machine = await available()
if (machine !== true && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(machine.reason)

interface Trio {
  readonly scenario: Scenario
  readonly relay: Verdict
  readonly payload: Verdict
  /** Absent where connection tracking knows no such thing: single directions. */
  readonly packet?: Verdict
}

describe.runIf(machine === true)('the lab netns', () => {
  const labs: { relay: Lab; kernel: Lab } = { relay: openLab('local'), kernel: openLab('netns') }
  let trios: Trio[] = []

  beforeAll(async () => {
    const { scenarios, problems } = await loadScenarios(['netns.yaml'], vocabulary, { cwd: import.meta.dirname })
    expect(problems).toEqual([])
    let open: readonly Scenario[] = scenarios
    for (const atOnce of AT_ONCE) {
      const played = await playAll(open, atOnce)
      trios = [...trios.filter(({ scenario }) => !open.includes(scenario)), ...played]
      open = trios.filter(trio => differences(trio).length > 0).map(({ scenario }) => scenario)
    }
  }, 300_000)

  afterAll(async () => {
    await labs.relay[Symbol.asyncDispose]()
    await labs.kernel[Symbol.asyncDispose]()
  })

  async function playAll(scenarios: readonly Scenario[], atOnce: number): Promise<Trio[]> {
    const queue = [...scenarios]
    const done: Trio[] = []
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) done.push(await play(next))
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    return done
  }

  async function play(scenario: Scenario): Promise<Trio> {
    const fault = scenario.timeline[0]?.fault
    const isTracked = fault?.name === 'evict' || fault?.options.refreshed_by === 'both'
    const [relay, payload, packet] = await Promise.all([
      verdictIn(labs.relay, scenario),
      verdictIn(labs.kernel, scenario),
      isTracked ? verdictIn(labs.kernel, counting(scenario, 'packet')) : undefined,
    ])
    return { scenario, relay, payload, ...(packet && { packet }) }
  }

  test('every behaviour was played in both labs', () => {
    expect(trios.length).toBeGreaterThanOrEqual(21)
    expect(trios.filter(({ packet }) => packet).length).toBeGreaterThanOrEqual(17)
  })

  test(`verdicts are the same, and detections within ${TOLERANCE_MS} ms`, () => {
    expect(trios.flatMap(differences)).toEqual([])
  })

  test('a time-out for the port alone comes to the same as one for all', async () => {
    const tracked = trios.filter(({ scenario, packet }) => packet && scenario.timeline[0]?.fault.name === 'idle-cut')
    expect(tracked.length).toBeGreaterThanOrEqual(3)
    const play = async ({ scenario }: Trio) => {
      const byPort = { ...scenario, link: { ...scenario.link, name: 'firewall', options: BY_PORT } }
      // Side by side, so that what makes the one late makes the other late too.
      const [relay, packet] = await Promise.all([
        verdictIn(labs.relay, scenario),
        verdictIn(labs.kernel, counting(byPort, 'packet')),
      ])
      return { scenario, relay, payload: relay, packet }
    }
    // As above: what other work on the machine made late is played once more, with less beside it.
    let open = await Promise.all(tracked.slice(0, 3).map(play))
    for (let round = 1; round < AT_ONCE.length && open.some(trio => differences(trio).length > 0); round++) {
      const apart = open.filter(trio => differences(trio).length > 0)
      open = []
      for (const trio of apart) open.push(await play(trio))
    }
    expect(open.flatMap(differences)).toEqual([])
  }, 60_000)
})

const BY_PORT = { nat: 'none', timer: 'ct-timeout' }

const counting = (scenario: Scenario, activity: string): Scenario => ({
  ...scenario,
  timeline: scenario.timeline.map(step => ({
    ...step,
    fault: { ...step.fault, options: { ...step.fault.options, activity } },
  })),
})

let runs = 0

async function verdictIn(lab: Lab, scenario: Scenario): Promise<Verdict> {
  expect(await lab.admits(scenario)).toBe(true)
  const options = { seed: 1, runId: `n${process.pid.toString(36)}${(++runs).toString(36)}` }
  return judge(await run(scenario, lab, faults, options), checks)
}

function differences({ scenario, relay, payload, packet }: Trio): string[] {
  const kernels = Object.entries({ payload, ...(packet && { packet }) })
  return kernels.flatMap(([how, kernel]) => {
    const wrong = relay.outcomes.flatMap((outcome, index) => difference(outcome, kernel.outcomes[index]))
    return wrong.map(what => `${scenario.name}, kernel counting ${how}: ${what}`)
  })
}

function difference(relay: Outcome, kernel: Outcome | undefined): string[] {
  const same =
    kernel?.result === relay.result &&
    Math.min(apartMs(relay.afterMs, kernel.afterMs), apartMs(relay.seenMs, kernel.seenMs)) <= TOLERANCE_MS
  return same ? [] : [`${relay.check}: ${words(relay)}\n  but ${kernel && words(kernel)}`]
}

const words = ({ result, seenMs, afterMs, reason }: Outcome): string =>
  `${result} at ${seenMs} (${afterMs} ms after): ${reason}`

const apartMs = (one: number | null, other: number | null): number =>
  one === null || other === null ? (one === other ? 0 : Infinity) : Math.abs(one - other)
