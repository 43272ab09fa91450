/**
 * Kinds of false verdict, each over all its cases: who is blamed, and what passes without proof, must not hang on a moment, on
 * a parameter of the scenario, or on what somebody else does beside.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checks } from '../../../src/judge/checks/index.ts'
import { controlOf } from '../../../src/judge/control.ts'
import { historiesOf } from '../../../src/judge/history.ts'
import { measure } from '../../../src/judge/measure.ts'
import type { Evidence } from '../../../src/model/evidence.ts'
import type { Traffic } from '../../../src/model/scenario.ts'
import { type Builder, publishing, receiving, run } from '../../evidence/builder.ts'
import { outcome } from './verdicts.ts'

/** HALFOPEN_FUZZ_SEED repeats a run. */
const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Date.now() % 2 ** 31)
console.log(`blame: HALFOPEN_FUZZ_SEED=${seed}`)
const options = { seed, numRuns: 300 }

const ms = (min: number, max: number) => fc.integer({ min, max })
const WILL = { topic: 'halfopen/r/1/will', qos: 1, retain: false } as const
const EXPECT = [...checks.keys()].map(name => (name === 'flaps' ? { flaps: { max: 1 } } : name))

/** K = 2 s; the path dies 1 s after an answer, or never; each side ends it, or neither. */
interface Story {
  readonly dies: boolean
  readonly clientEndsMs: number | undefined
  readonly brokerEndsMs: number | undefined
  readonly willMs: number | undefined
  readonly backMs: number | undefined
}
const story: fc.Arbitrary<Story> = fc.record({
  dies: fc.boolean(),
  clientEndsMs: fc.option(ms(3100, 9000), { nil: undefined }),
  brokerEndsMs: fc.option(ms(3100, 9000), { nil: undefined }),
  willMs: fc.option(ms(3100, 9000), { nil: undefined }),
  backMs: fc.option(ms(9100, 10_000), { nil: undefined }),
})

function told(
  builder: Builder,
  { dies, clientEndsMs, brokerEndsMs, willMs, backMs }: Story,
  clientId: string,
): Builder {
  builder.comes(0, { clientId, will: WILL }).client(1, 'connected').ping(2000)
  if (dies) builder.fault('blackhole', 3000).lostPing(3050)
  if (clientEndsMs !== undefined) builder.end(clientEndsMs, 'client', 'client').client(clientEndsMs + 1, 'closed')
  if (brokerEndsMs !== undefined) builder.end(brokerEndsMs, 'broker', 'broker')
  if (willMs !== undefined) builder.will(willMs)
  if (backMs !== undefined && clientEndsMs !== undefined) builder.on(2).comes(backMs, { clientId, will: WILL }).on(1)
  return builder
}

const judged = (evidence: Evidence) =>
  measure(evidence, checks).map(({ check, result, sinceMs, seenMs }) => ({ check, result, sinceMs, seenMs }))

describe('another client of the same program', () => {
  const visitor = fc.record({
    opensMs: ms(1, 3000),
    closesMs: fc.option(ms(3001, 11_000), { nil: undefined }),
    by: fc.constantFrom('client', 'broker', 'fault' as const),
    isIdGiven: fc.boolean(),
  })

  test('changes no verdict, whenever it comes, goes, and by whose doing', () => {
    fc.assert(
      fc.property(story, visitor, (happens, { opensMs, closesMs, by, isIdGiven }) => {
        const builder = () => {
          const own = run({ expect: EXPECT })
          if (isIdGiven) own.client(-5, 'started', { note: 'own' })
          return told(own, happens, 'own')
        }
        const beside = builder().on(7).comes(opensMs, { clientId: 'other', will: false })
        if (closesMs !== undefined) beside.end(closesMs, 'client', by).end(closesMs, 'broker', by)
        expect(judged(beside.ended(12_000))).toEqual(judged(builder().ended(12_000)))
      }),
      options,
    )
  })

  test('under the same id it takes over, whenever it comes, and the reason says so', () => {
    fc.assert(
      fc.property(ms(100, 8000), atMs => {
        const evidence = run({ expect: ['stays-connected'] }).comes(0, { clientId: 'own' })
        for (let pingMs = 2000; pingMs < atMs; pingMs += 2000) evidence.ping(pingMs)
        evidence
          .on(2)
          .comes(atMs, { clientId: 'own' })
          .on(1)
          .end(atMs + 1, 'broker', 'broker')
        expect(outcome(evidence.ended(12_000)).reason).toContain(
          'connection 2 took over, with the same client id "own", MQTT 3.1.1 [MQTT-3.1.4-2]',
        )
      }),
      options,
    )
  })

  test('one that the broker refuses takes nothing over', () => {
    const evidence = run({ expect: ['will-published'] })
      .comes(0, { clientId: 'own', will: WILL })
      .ping(2000)
      .fault('blackhole', 3000)
      .on(2)
      .comes(3500, { clientId: 'own' }, { code: 5 })
      .on(1)
      .end(5001, 'broker', 'broker')
      .will(5005)
    expect(outcome(evidence.ended(12_000))).toMatchObject({ result: 'pass', sinceMs: 2000 })
  })

  test('a client that makes up an id at each start is the same client, where it had closed before', () => {
    const evidence = run({ expect: ['reconnects'] })
      .comes(0, { clientId: 'random-1' })
      .ping(2000)
      .fault('blackhole', 3000)
      .lostPing(4000)
      .end(5000, 'client', 'client')
      .lifted('blackhole#0', 6000)
      .on(2)
      .comes(7000, { clientId: 'random-2' })
    expect(outcome(evidence.ended(12_000))).toMatchObject({ result: 'pass', seenMs: 7000 })
  })

  test.each([
    [undefined, 4000, 'fail'],
    ['assigned-1', 4000, 'pass'],
  ])('an empty id takes over under the id that the server gave (%s)', (assigned, sinceMs, expected) => {
    const given = assigned === undefined ? {} : { clientId: assigned }
    const evidence = run({ protocol: 5, expect: ['will-published'] })
      .comes(0, { clientId: '', will: WILL, protocolVersion: 5 }, given)
      .ping(2000)
      .fault('blackhole', 3000)
      .on(2)
      .comes(4000, { clientId: assigned ?? '', protocolVersion: 5 })
      .on(1)
      .will(4010)
    expect(outcome(evidence.ended(12_000))).toMatchObject(
      expected === 'pass' ? { result: 'pass', sinceMs } : { result: 'fail', seenMs: 4010 },
    )
  })
})

describe('a client without a will', () => {
  test('neither passes will-published nor has the broker fail it', () => {
    fc.assert(
      fc.property(story, happens => {
        const evidence = told(run({ expect: ['will-published'] }), happens, 'own').ended(12_000)
        const bare = { ...evidence, events: evidence.events.map(withoutWill) }
        expect(outcome(bare).result).toBe('inconclusive')
      }),
      options,
    )
  })

  const withoutWill = (event: Evidence['events'][number]) =>
    event.what === 'packet' && event.packet.cmd === 'connect'
      ? { ...event, packet: { ...event.packet, will: false as const } }
      : event
})

describe('a client that closes', () => {
  const answered = fc.array(fc.constantFrom('ping', 'qos1', 'qos2', 'subscribe', 'qos0' as const), { maxLength: 6 })

  test('with nothing unanswered never passes client-gives-up, whatever it had sent and said', () => {
    fc.assert(
      fc.property(answered, ms(3300, 6000), fc.boolean(), (sent, atMs, goodbye) => {
        const evidence = run({ expect: ['client-gives-up'] })
          .connect(0)
          .ping(2000)
          .fault('blackhole', 3000)
        for (const [i, kind] of sent.entries()) exchange(evidence, 2100 + i * 100, kind, i + 1)
        if (goodbye) evidence.packet(atMs, 'client', 'up', 'disconnect')
        const found = outcome(evidence.end(atMs, 'client', 'client').ended(12_000))
        expect(found.result).toBe('fail')
        expect(found.reason).toContain('not for want of an answer')
      }),
      options,
    )
  })

  test('with anything unanswered has given up, whatever else was answered', () => {
    const open = fc.constantFrom('ping', 'qos1', 'qos2', 'subscribe' as const)
    fc.assert(
      fc.property(answered, open, ms(3750, 6200), (sent, kind, atMs) => {
        const evidence = run({ expect: ['client-gives-up'] })
          .connect(0)
          .ping(2000)
          .fault('blackhole', 3000)
        for (const [i, each] of sent.entries()) exchange(evidence, 2100 + i * 100, each, i + 1)
        ask(evidence, 3100, kind, 99, 'sent')
        expect(outcome(evidence.end(atMs, 'client', 'client').ended(12_000)).result).toBe('pass')
      }),
      options,
    )
  })

  type Kind = 'ping' | 'qos0' | 'qos1' | 'qos2' | 'subscribe'

  function ask(builder: Builder, atMs: number, kind: Kind, messageId: number, how: 'delivered' | 'sent'): void {
    const [cmd, more] = {
      ping: ['pingreq', {}] as const,
      qos0: ['publish', { qos: 0 }] as const,
      qos1: ['publish', { qos: 1, messageId }] as const,
      qos2: ['publish', { qos: 2, messageId }] as const,
      subscribe: ['subscribe', { messageId }] as const,
    }[kind]
    if (how === 'sent') builder.packet(atMs, 'client', 'up', cmd, more)
    else builder.up(atMs, cmd, more)
  }

  function exchange(builder: Builder, atMs: number, kind: Kind, messageId: number): void {
    ask(builder, atMs, kind, messageId, 'delivered')
    if (kind === 'ping') builder.down(atMs + 10, 'pingresp')
    if (kind === 'qos1') builder.down(atMs + 10, 'puback', { messageId })
    if (kind === 'subscribe') builder.down(atMs + 10, 'suback', { messageId })
    if (kind !== 'qos2') return
    builder.down(atMs + 10, 'pubrec', { messageId })
    builder.up(atMs + 20, 'pubrel', { messageId }).down(atMs + 30, 'pubcomp', { messageId })
  }
})

describe('a PINGREQ without an answer', () => {
  test('is the broker’s fault where the broker had it for a second, and only there', () => {
    fc.assert(
      fc.property(fc.option(ms(6000, 12_000), { nil: undefined }), ms(6100, 11_000), (arrivesMs, endsMs) => {
        const evidence = run({ expect: ['stays-connected'] })
          .connect(0)
          .ping(2000, 4000)
          .lostPing(6000)
        if (arrivesMs !== undefined) evidence.packet(arrivesMs, 'broker', 'up', 'pingreq')
        const { reason } = outcome(
          evidence
            .end(endsMs, 'client', 'client')
            .end(endsMs + 1, 'broker', 'client')
            .ended(13_000),
        )
        const isBrokers = arrivesMs !== undefined && arrivesMs < endsMs && endsMs + 1 >= arrivesMs + 1000
        expect(reason.includes('[MQTT-3.12.4-1]')).toBe(isBrokers)
        expect(reason).toContain('1 of 3 PINGREQ had no PINGRESP')
      }),
      options,
    )
  })
})

describe('the control', () => {
  const traffic: fc.Arbitrary<Traffic> = fc.constantFrom({}, publishing(0), publishing(1), receiving(0))
  const control = (evidence: Evidence) => {
    const [history] = historiesOf(evidence)
    return history && controlOf(history)
  }

  test('goes by what the client sends, whatever the scenario says of its traffic', () => {
    const gaps = fc.array(ms(100, 5000), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(gaps, traffic, (forMs, given) => {
        const evidence = run({ traffic: given }).connect(0)
        let atMs = 0
        // Messages of QoS 0: they want no answer, and keep alive as well as a ping.
        for (const gapMs of forMs.slice(0, -1)) {
          atMs += gapMs
          evidence.up(atMs, 'publish', { qos: 0 })
        }
        const diesMs = atMs + (forMs.at(-1) ?? 0)
        const failed = control(evidence.fault('blackhole', diesMs).ended(diesMs + 9000))
        const longestMs = Math.max(...forMs)
        // K = 2 s and a second for the answer.
        if (longestMs <= 3000) expect(failed).toBeUndefined()
        else expect(failed).toMatch(/^the client sent nothing for .*, though a PINGREQ was due after 1K$/)
      }),
      options,
    )
  })

  test('sees a broker that answers no PINGREQ, however soon the fault follows', () => {
    fc.assert(
      fc.property(ms(2001, 3990), fc.boolean(), (diesMs, answers) => {
        const evidence = run().connect(0).up(2000, 'pingreq')
        // An answer that the fault stops on its way is one.
        if (answers) evidence.packet(diesMs + 1, 'broker', 'down', 'pingresp')
        const failed = control(evidence.fault('blackhole', diesMs).ended(9000))
        const isMissed = !answers || diesMs - 2000 > 1000
        if (isMissed) expect(failed).toMatch(/PINGREQ/)
        else expect(failed).toBeUndefined()
      }),
      options,
    )
  })

  test('blames no broker that the fault itself, or the end of the run, kept from answering', () => {
    const asked = () => run().connect(0).up(2000, 'pingreq')
    expect(control(asked().fault('freeze', 2100).broker(2100, 'frozen').ended(9000))).toBeUndefined()
    expect(control(asked().fault('reset', 2100).end(2100, 'broker', 'fault', 'rst').ended(9000))).toBeUndefined()
    expect(control(asked().fault('blackhole', 2100).ended(2900))).toBeUndefined()
  })
})

/** What stands in a kernel is on no wire: behind a PUBACK that nobody acknowledges, a PINGREQ waits (RFC 9293 §3.7.4). */
describe('a client whose kernel holds back what it writes', () => {
  /** Its PUBACK at 3010 is on the wire. `writes`: the length of each, when its kernel was seen to have it, and how long after. */
  const holding = (writes: readonly (readonly [atMs: number, bytes: number, lateMs?: number])[], setting = {}) => {
    const evidence = run({
      expect: ['client-gives-up'],
      traffic: { receiving: { qos: 1, every: { ms: 500, k: 0 } } },
      ...setting,
    })
      .connect(0)
      .ping(2000)
      .up(2500, 'puback', { bytes: 4 })
      .up(2600, 'publish', { bytes: 37, qos: 0 })
      .fault('blackhole', 3000)
      .packet(3010, 'client', 'up', 'puback', { bytes: 4 })
    for (const [atMs, bytes, lateMs = 5] of writes)
      evidence.late(lateMs).add(atMs, { who: 'link', what: 'unsent', conn: 1, flow: 'up', edge: 'client', bytes })
    return evidence.late(0)
  }
  const found = (evidence: ReturnType<typeof holding>) => outcome(evidence.end(6000, 'client', 'client').ended(12_000))
  const ours = { traffic: publishing(0) }

  test('has given up where a PINGREQ is among it, and not where none is, whatever it writes besides', () => {
    const other = fc.tuple(ms(3200, 5700), fc.constantFrom(4, 37, 41))
    const pinged = fc.tuple(ms(3200, 5700), fc.constantFrom(2, 6, 39))
    fc.assert(
      fc.property(fc.array(other, { maxLength: 5 }), fc.option(pinged), (others, ping) => {
        const writes = [...others, ...(ping ? [ping] : [])].toSorted(([a], [b]) => a - b)
        expect(found(holding(writes, ours)).result).toBe(ping ? 'pass' : 'fail')
      }),
      options,
    )
  })

  test('what goes with the end is no question: a DISCONNECT', () => {
    fc.assert(
      fc.property(ms(5760, 6000), fc.constantFrom(2, 4, 6), (atMs, bytes) => {
        expect(found(holding([[atMs, bytes]], ours)).result).toBe('fail')
      }),
      options,
    )
  })

  test('nor is what was sent, and answered, after all', () => {
    fc.assert(
      fc.property(ms(3200, 4000), ms(4100, 5000), (heldMs, pingMs) => {
        expect(found(holding([[heldMs, 2]], ours).ping(pingMs)).result).toBe('fail')
      }),
      options,
    )
  })

  test.each([
    ['of a length that may be that of messages alone', [4500, 74, 5], ours],
    ['where a program publishes by itself, and its next message may be of any length', [4500, 39, 5], {}],
    ['a date that may be that of its end', [5950, 2, 500], ours],
  ] as const)('%s: it is not said', (_, write, setting) => {
    expect(found(holding([write], setting))).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringContaining('or it did not leave its kernel'),
    })
  })

  test('a broker whose kernel holds its answer back is not said to have left a PINGREQ unanswered', () => {
    const evidence = (isHeld: boolean) => {
      const pinged = run({ expect: ['client-gives-up'] })
        .connect(0)
        .ping(2000)
        .up(2990, 'pingreq')
        .fault('blackhole', 3000)
      if (isHeld)
        pinged.late(200).add(3300, { who: 'link', what: 'unsent', conn: 1, flow: 'down', edge: 'broker', bytes: 2 })
      return outcome(pinged.late(0).lostPing(4990).end(5500, 'client', 'client').ended(12_000))
    }
    expect(evidence(true).result).toBe('pass')
    expect(evidence(false).reason).toContain('[MQTT-3.12.4-1]')
  })
})
