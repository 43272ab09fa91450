import { describe, expect, test } from 'vitest'
import { milliseconds } from '../../src/model/duration.ts'
import { played, type Sketch } from './play.ts'

const LOST: Sketch = { keepaliveS: 60, untilMs: 300_000, troubles: [{ atMs: 100_000, fault: 'blackhole' }] }

describe('a run without a witness', () => {
  test('differs by what the witness would have said, and by nothing else', async () => {
    const { events: all } = await played(LOST)
    const { events } = await played(LOST, { unwitnessed: true })
    expect(all.filter(({ who }) => who === 'witness')).not.toHaveLength(0)
    expect(events).toEqual(all.filter(({ who }) => who !== 'witness'))
  })

  test('is in trouble where it was to publish', async () => {
    const traffic = { receiving: { qos: 0 as const, every: milliseconds(10_000) } }
    const { events } = await played({ ...LOST, traffic }, { unwitnessed: true })
    expect(events).toContainEqual(
      expect.objectContaining({ what: 'trouble', note: expect.stringContaining('witness') }),
    )
  })
})
