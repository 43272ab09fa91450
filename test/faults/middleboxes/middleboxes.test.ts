import { describe, expect, it } from 'vitest'
import { faults } from '../../../src/faults/index.ts'
import { middleboxes } from '../../../src/faults/middleboxes/index.ts'
import { embeddedLimits, likeBoxes, nextWords } from '../../../src/faults/middleboxes/middlebox-words.ts'

const boxes = [...middleboxes.values()]
const names = (like: Parameters<typeof likeBoxes>[1]) => likeBoxes(boxes, like).map(({ name }) => name)

describe('presets', () => {
  it('are some thirty, each with its source', () => {
    expect(boxes.length).toBeGreaterThanOrEqual(25)
    expect(boxes.filter(({ source }) => source.length < 10)).toEqual([])
  })

  it.each(boxes)(
    '$name can be named in a scenario, alone and with values of its own',
    ({ name, afterMs, onExpiry }) => {
      const options = faults.get('idle-cut')?.options
      expect(options?.parse(name)).toMatchObject({ preset: name, after: { ms: afterMs, k: 0 }, on_expiry: onExpiry })
      expect(options?.parse({ preset: name, after: '0.5K', on_expiry: 'fin-both' })).toMatchObject({
        after: { ms: 0, k: 0.5 },
        on_expiry: 'fin-both',
      })
    },
  )

  it('on the packet level say what a relay in user space does not see', () => {
    const silent = boxes.filter(({ layer }) => layer === 'packet').filter(box => embeddedLimits(box) === '')
    expect(silent).toEqual([])
  })

  it('say what comes next where the sides differ', () => {
    const words = (name: string) => nextWords(middleboxes.get(name) ?? expect.fail(name))
    expect(words('aws-natgw')).toBe('from inside: RST to the sender; from outside: dropped')
    expect(words('gcp-vpc')).toBe('from outside: dropped; from inside: passes, and opens the flow again')
  })
})

describe('the nearest preset', () => {
  it('lies between what lived and what died', () => {
    expect(names({ aliveMs: 340_000, deadMs: 355_000, onExpiry: 'silent', inside: 'rst', outside: 'rst' })).toEqual([
      'aws-nlb',
    ])
  })

  it('is told apart by what the broker meets', () => {
    const range = { aliveMs: 340_000, deadMs: 355_000, onExpiry: 'silent', inside: 'rst' } as const
    expect(names({ ...range, outside: 'drop' })).toEqual(['aws-natgw'])
  })

  it('is none where nothing is like it', () => {
    expect(names({ aliveMs: 20_000, deadMs: 25_000 })).toEqual([])
  })
})
