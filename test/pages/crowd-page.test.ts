import { expect, test } from 'vitest'
import type { Event } from '../../src/model/event.ts'
import { crowdPage } from '../../src/pages/crowd-page.ts'
import { header } from '../evidence/builder.ts'

/** Ten minutes in steps of 100 ms: ten clients come, nine are lost at once. */
function evidence(recorded?: number) {
  const own = header()
  const at = (steps: Readonly<Record<number, number>>) => Array.from({ length: 6000 }, (_, i) => steps[i] ?? 0)
  const crowd = {
    devices: 10,
    stepMs: 100,
    counts: { accepted: at({ 0: 10 }), connects: at({ 0: 10 }), lost: at({ 3000: 9 }) },
  }
  const events: readonly Event[] = [
    { atMs: 0, who: 'harness', what: 'crowd', crowd },
    { atMs: 600_000, who: 'harness', what: 'ended' },
  ]
  const client = { ...own.scenario.client, count: 10, ...(recorded !== undefined && { recorded }) }
  return { header: { ...own, scenario: { ...own.scenario, client } }, events }
}

test('the curves of a fleet have few columns however long it was, and those that stay at 0 are none', () => {
  const page = crowdPage(evidence(2))
  expect(page).toMatchObject({ fromMs: 0, stepMs: 1500, size: 10 })
  expect(page?.curves.map(({ label, values }) => [label, values.length])).toEqual([
    ['connected', 400],
    ['CONNECT a second', 400],
    ['clients that noticed a second', 400],
  ])
  expect([page?.curves[0]?.values.at(0), page?.curves[0]?.values.at(-1)]).toEqual([10, 1])
})

test('clients that are recorded one by one have none: their timelines are there', () => {
  expect(crowdPage(evidence())).toBeUndefined()
})
