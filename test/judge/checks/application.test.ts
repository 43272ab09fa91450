import { describe, expect, test } from 'vitest'
import { type Builder, run } from '../../evidence/builder.ts'
import { outcome } from './verdicts.ts'

type News = readonly [atMs: number, what: 'closed' | 'error' | 'offline', more?: { code?: number; note?: string }]

/** K = 2 s: half-open since 3000, and closed by the client at 5000. */
const closing = () =>
  run({ expect: ['client-gives-up'] })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)
    .lostPing(4000)
    .end(5000, 'client', 'client')

const telling = (evidence: Builder, ...news: readonly News[]): string => {
  for (const [atMs, what, more = {}] of news) evidence.add(atMs, { who: 'client', what, device: 1, ...more })
  return outcome(evidence.ended(12_000)).reason
}

const TOLD = /profile\)(.*)$/
const told = (...news: readonly News[]) => TOLD.exec(telling(closing(), ...news))?.[1]
const lost = { code: 141, note: 'on_disconnect: Keep alive timeout' }

describe('a client that gave up', () => {
  test('told its application so: number, words and how often', () =>
    expect(told([5001, 'closed', lost], [5002, 'closed', lost])).toBe(
      '; its application was told: 141 "on_disconnect: Keep alive timeout" (twice)',
    ))

  test.each<[string, string, ...News[]]>([
    ['words alone', '; its application was told: "Keepalive timeout"', [4999, 'error', { note: 'Keepalive timeout' }]],
    ['a number alone', '; its application was told: 16', [5000, 'closed', { code: 16 }]],
    ['two things', '; its application was told: 1, 2', [5000, 'error', { code: 1 }], [5000, 'closed', { code: 2 }]],
    ['neither number nor words', '', [5000, 'closed'], [5000, 'offline', { note: 'x' }]],
    ['something before the fault', '', [2999, 'error', { note: 'x' }]],
    ['something of its next attempt', '', [6501, 'closed', { code: 1 }]],
  ])('%s', (_name, text, ...news) => expect(told(...news)).toBe(text))

  test('is not quoted at length', () =>
    expect(told([5000, 'error', { note: 'x'.repeat(300) }])).toBe(`; its application was told: "${'x'.repeat(80)}..."`))
})

test('of a client that was told by somebody else nothing is quoted', () => {
  const evidence = run({ expect: ['client-gives-up'] })
    .connect(0)
    .ping(2000)
    .fault('blackhole', 3000)
    .end(9000, 'client', 'broker')
  expect(telling(evidence, [9001, 'closed', lost])).not.toContain('its application')
})
