import { expect, test } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { milliseconds } from '../../src/model/duration.ts'
import type { Scenario } from '../../src/model/scenario.ts'
import { faults, openLab } from '../../src/plugins.ts'

const HERE = { file: 'test', line: 1, column: 1 }

/** Healthy, for an hour of virtual time. */
const SCENARIO: Scenario = {
  name: 'an hour of health',
  position: HERE,
  broker: { name: 'aedes', options: {} },
  client: { name: 'mqttjs', options: {}, keepaliveS: 60, protocol: 4, traffic: {}, count: 1 },
  link: { name: 'embedded', options: {}, latency: milliseconds(20), jitter: milliseconds(0) },
  timeline: [],
  expect: [],
  until: milliseconds(3_600_000),
}
const SEED = { seed: 1, runId: 'stop' }
const lab = openLab('simulated')

test('a run in virtual time ends at the event that it was to wait for, without trouble', async () => {
  let pings = 0
  const { events } = await run(SCENARIO, lab, faults, {
    ...SEED,
    stopWhen: event =>
      event.what === 'packet' && event.packet.cmd === 'pingresp' && event.edge === 'client' && ++pings === 3,
  })
  expect(events.at(-1)).toMatchObject({ what: 'ended', atMs: 3 * 60_000 + 3 * 40 })
  expect(events.filter(({ what }) => what === 'trouble')).toEqual([])
})

test('what is not kept is observed all the same, and the rest of the evidence is as it was', async () => {
  const whole = await run(SCENARIO, lab, faults, SEED)
  let seen = 0
  const isPacket = ({ what }: { readonly what: string }) => what === 'packet'
  const thinned = await run(SCENARIO, lab, faults, {
    ...SEED,
    keep: event => !isPacket(event),
    stopWhen: event => {
      if (isPacket(event)) seen++
      return false
    },
  })
  expect(seen).toBe(whole.events.filter(isPacket).length)
  expect(thinned.events).toEqual(whole.events.filter(event => !isPacket(event)))
})

test('an abort stops virtual time in the middle, and the evidence says so', async () => {
  const controller = new AbortController()
  const { events } = await run(SCENARIO, lab, faults, {
    ...SEED,
    signal: controller.signal,
    stopWhen: ({ atMs }) => {
      if (atMs > 600_000) controller.abort()
      return false
    },
  })
  expect(events.at(-1)?.atMs).toBeLessThan(700_000)
  expect(events.some(({ what }) => what === 'trouble')).toBe(true)
})
