/**
 * One suite for two servers: Toxiproxy's HTTP API and its toxics, as documented and as observed on the real server, which
 * must still show what the probes expect; ours must show the same, but for the differences that are listed.
 */
import { describe, expect } from 'vitest'
import { it } from '../../doubt/test.ts'
import { differences } from './differences.ts'
import { LATE_MS } from './probe.ts'
import { probes } from './probes/index.ts'
import { findProgram, type Kind, ours, REMEDY, toxiproxy } from './servers.ts'

const program = findProgram('toxiproxy-server', 'HALFOPEN_TOXIPROXY_SERVER')
const skipped = program === undefined ? ` (skipped: no toxiproxy-server; ${REMEDY})` : ''

/** As the page and the list spell it. */
const plainly = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

function suite(kind: Kind, expectedOf: (name: string, expected: unknown) => unknown): void {
  for (const { name, expected, observe } of probes)
    it.concurrent(name, async ({ expect, time }) => {
      const fromMs = time.nowMs()
      const shown = await observe(kind, time)
      // What the machine made late may have shown something else.
      if (time.doubts.length > 0) return
      const holds = () => expect(plainly(shown)).toEqual(plainly(expectedOf(name, expected)))
      // What looks at no clock is not late.
      if (time.isUsed) time.unlessStill(LATE_MS, fromMs, holds)
      else holds()
    })
}

describe(`Toxiproxy${skipped}`, () => {
  if (program !== undefined) suite(toxiproxy(program), (_, expected) => expected)
  else if (process.env.HALFOPEN_REQUIRE === 'all') it('is available', () => expect.unreachable(skipped))
  else it.skip('is available', () => {})
})

describe('halfopen proxy', () => {
  suite(ours, (name, expected) => {
    const difference = differences.find(({ probe }) => probe === name)
    return difference ? difference.ours : expected
  })
})

describe('the list of differences', () => {
  it('speaks of probes that exist, each once', () => {
    const names = differences.map(({ probe }) => probe)
    expect(names.filter(name => !probes.some(probe => probe.name === name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })

  it('holds only what differs', () => {
    const same = differences.filter(({ probe, ours: shown }) => {
      const expected = probes.find(({ name }) => name === probe)?.expected
      return JSON.stringify(plainly(expected)) === JSON.stringify(plainly(shown))
    })
    expect(same).toEqual([])
  })

  it('has probes of different names', () => {
    expect(new Set(probes.map(({ name }) => name)).size).toBe(probes.length)
  })
})
