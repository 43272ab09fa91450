import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectionsOf } from '../../src/evidence/connection.ts'
import { requestsAt, unansweredAt } from '../../src/evidence/request.ts'
import type { Side } from '../../src/model/flow.ts'
import { type Builder, run } from '../evidence/builder.ts'

function seenAt(builder: Builder, edge: Side) {
  const [connection] = connectionsOf(builder.ended(20_000).events)
  if (!connection) throw new Error('no connection')
  return requestsAt(connection, edge)
}

describe('what wants an answer', () => {
  test.each([
    ['pingreq', {}, 'pingresp', {}],
    ['publish', { qos: 1, messageId: 7 }, 'puback', { messageId: 7 }],
    ['publish', { qos: 2, messageId: 7 }, 'pubrec', { messageId: 7 }],
    ['pubrel', { messageId: 7 }, 'pubcomp', { messageId: 7 }],
    ['pubrec', { messageId: 7 }, 'pubrel', { messageId: 7 }],
    ['subscribe', { messageId: 7 }, 'suback', { messageId: 7 }],
    ['unsubscribe', { messageId: 7 }, 'unsuback', { messageId: 7 }],
  ] as const)('%s: %s, with its own id only', (cmd, more, answer, own) => {
    const asked = () => run().up(1000, cmd, more)
    expect(seenAt(asked(), 'client')).toMatchObject([{ answeredMs: undefined }])
    expect(seenAt(asked().down(1500, answer, own), 'client')).toMatchObject([{ answeredMs: 1500 }])
    if ('messageId' in own) {
      const other = asked().down(1500, answer, { messageId: 8 })
      expect(seenAt(other, 'client')).toMatchObject([{ answeredMs: undefined }])
    }
  })

  test.each([
    ['publish', { qos: 0 }],
    ['puback', { messageId: 7 }],
    ['pubcomp', { messageId: 7 }],
    ['pubrec', { messageId: 7, code: 0x87 }],
    ['disconnect', {}],
  ] as const)('%s %o: nothing', (cmd, more) => expect(seenAt(run().up(1000, cmd, more), 'client')).toEqual([]))

  test('each edge has its own view: of what got there, and of what came back', () => {
    const halfway = () => run().up(1000, 'pingreq').packet(1001, 'broker', 'down', 'pingresp').lostPing(2000)
    expect(seenAt(halfway(), 'broker').map(({ answeredMs }) => answeredMs)).toEqual([1001])
    expect(seenAt(halfway(), 'client').map(({ answeredMs }) => answeredMs)).toEqual([undefined, undefined])
  })

  test('a PINGRESP answers every PINGREQ before it', () => {
    const late = run().lostPing(1000).lostPing(2000).down(2500, 'pingresp').lostPing(3000)
    expect(seenAt(late, 'client').map(({ answeredMs }) => answeredMs)).toEqual([2500, 2500, undefined])
  })

  test('at any moment those are open that were sent before it and not answered before it', () => {
    const time = fc.integer({ min: 1, max: 9999 })
    const exchanges = fc.array(fc.tuple(time, fc.option(time, { nil: undefined })), { maxLength: 30 })
    fc.assert(
      fc.property(exchanges, time, (all, atMs) => {
        const builder = run()
        for (const [i, [sentMs, waitMs]] of all.entries()) {
          builder.packet(sentMs, 'client', 'up', 'subscribe', { messageId: i + 1 })
          if (waitMs !== undefined) builder.packet(sentMs + waitMs, 'client', 'down', 'suback', { messageId: i + 1 })
        }
        if (all.length === 0) return
        const open = unansweredAt(seenAt(builder, 'client'), atMs).map(({ at }) => at.packet.messageId)
        const expected = all.flatMap(([sentMs, waitMs], i) =>
          sentMs < atMs && (waitMs === undefined || sentMs + waitMs >= atMs) ? [i + 1] : [],
        )
        expect(new Set(open)).toEqual(new Set(expected))
      }),
    )
  })
})
