import { expect, test } from 'vitest'
import type { Scenario } from '../../src/model/scenario.ts'
import { EXIT } from '../../src/terminal/exit.ts'
import { neededFor, requireFleets } from '../../src/terminal/require.ts'
import { sketch } from '../sim/play.ts'

const scenario = (count: number, recorded?: number): Scenario => {
  const base = sketch({ keepaliveS: 2, untilMs: 1000, count })
  return { ...base, client: { ...base.client, ...(recorded !== undefined && { recorded }) } }
}
const here = () => false

test('a fleet of more devices than its broker may open files is refused before it starts, with what fits and what to do', () => {
  const refused = () =>
    requireFleets([scenario(30_000, 16), scenario(200, 16)], here, { openFiles: 20_000, addressBytes: 1 })
  expect(refused).toThrow(
    "test:1: 'sketch': 30000 devices need 30128 open files in the process of the broker, and 20000 are allowed",
  )
  expect(refused).toThrow('at most 19872 devices fit; more with ulimit -n 32768')
  expect(refused).toThrow(expect.objectContaining({ exitCode: EXIT.unreadable }))
})

test('one that fits is not, nor one whose broker is elsewhere, nor clients that are recorded one by one', () => {
  const limits = { openFiles: 1000, addressBytes: 1 }
  expect(() => requireFleets([scenario(800, 16)], here, limits)).not.toThrow()
  expect(() => requireFleets([scenario(30_000, 16)], () => true, limits)).not.toThrow()
  expect(() => requireFleets([scenario(5000)], here, limits)).not.toThrow()
})

test('the devices of a fleet take no descriptors of the process that plays it', () => {
  expect(neededFor(scenario(10_000, 16))).toBe(neededFor(scenario(16)))
})
