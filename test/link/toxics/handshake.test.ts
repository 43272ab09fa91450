import { describe, expect, it } from 'vitest'
import { handshake } from '../../../src/link/toxics/handshake-toxic.ts'
import type { Item, Meeting } from '../../../src/link/toxics/toxic.ts'

const start = (how: string) => handshake.start(handshake.options.parse({ how }), {} as Meeting)
const step = (is: string): Item => ({ what: 'records', length: 500, message: { is } })
const bytes: Item = { what: 'bytes', bytes: Buffer.from('c000', 'hex') }

describe('a fault of handshakes', () => {
  it('that stalls holds the ClientHello, and lets a client go that gives up', () => {
    const run = start('stall')
    const hello = step('hello')
    expect(run.onItem('up', hello, 0)).toEqual([{ do: 'hold', flow: 'up', item: hello }])
    expect(run.onItem('up', { what: 'fin' }, 1)).toEqual([
      { do: 'pass', flow: 'up', item: { what: 'fin' }, afterMs: 0 },
    ])
  })

  it.each([
    ['close', 'fin'],
    ['reset', 'rst'],
  ] as const)('that says %s ends both sides at the ClientHello', (how, word) => {
    expect(start(how).onItem('up', step('hello'), 0)).toContainEqual({ do: 'end', side: 'both', how: word })
  })

  it.each(['expired', 'not-yet-valid', 'wrong-name', 'unknown-ca'])(
    'writes %s to what the client is to be shown',
    how => {
      const [, passed] = start(how).onItem('down', step('agreed'), 0)
      expect(passed).toMatchObject({ do: 'pass', item: { message: { is: 'agreed', leaf: how } } })
    },
  )

  it('leaves alone what is there already, and every other record', () => {
    for (const how of ['stall', 'reset', 'expired'])
      for (const item of [bytes, step('close-notify'), { what: 'records', length: 5 } as const])
        expect(start(how).onItem('up', item, 0)).toEqual([{ do: 'pass', flow: 'up', item, afterMs: 0 }])
  })
})
