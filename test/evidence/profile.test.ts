import { describe, expect, test } from 'vitest'
import { parseEvidence } from '../../src/evidence/read-evidence.ts'
import { formatEvidence } from '../../src/evidence/write.ts'
import { windowsFor } from '../../src/timing/windows.ts'
import { device, gateway } from '../timing/profiles.ts'
import { run } from './builder.ts'

const plain = run({ keepaliveS: 2, client: { name: 'my-device', version: '1.2' } })
  .connect(0)
  .ended(1000)
const { scenario } = plain.header
const evidence = {
  ...plain,
  header: {
    ...plain.header,
    scenario: {
      ...scenario,
      broker: { ...scenario.broker, profile: gateway({ scanMs: 500 }) },
      client: { ...scenario.client, profile: device({ whilePublishing: 'never' }) },
      profiles: [device({ name: 'other' }), gateway({ name: 'other' })],
    },
  },
}
const saved = formatEvidence(evidence)

describe('profiles in evidence', () => {
  test('come back as they went, so that judging needs no profile file', () => {
    const read = parseEvidence(saved, 'x.ndjson')
    expect(read).toEqual(evidence)
    expect(windowsFor(read.header, 2000)).toEqual(windowsFor(evidence.header, 2000))
    expect(windowsFor(read.header, 2000).clientGivesUp?.source).toContain('my-device 1.2 profile')
  })

  test('may hold what a later halfopen has added', () => {
    const later = saved.replace('"samples":12', '"samples":12,"backoff":"linear"')
    expect(later).not.toBe(saved)
    expect(parseEvidence(later, 'x.ndjson')).toEqual(evidence)
  })

  test('are held against their format, and the place is said', () => {
    const bad = saved.replace('"samples":12', '"samples":"many"')
    expect(() => parseEvidence(bad, 'x.ndjson')).toThrow(/^x\.ndjson:1:\d+ scenario\.broker\.profile\.samples/)
  })
})
