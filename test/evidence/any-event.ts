import fc from 'fast-check'
import { eventSchema } from '../../src/evidence/evidence-schema.ts'
import { type Event, PACKET_NAMES, RUNNERS } from '../../src/model/event.ts'

const side = fc.constantFrom('client', 'broker')
const flow = fc.constantFrom('up', 'down')
const small = fc.nat({ max: 9 })
const optional = <T extends object>(record: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(record, { requiredKeys: [] })

const place = fc
  .tuple(
    fc.record({ atMs: fc.integer({ min: -5000, max: 60_000_000 }).map(us => us / 1000) }),
    optional({ lateMs: small, conn: small, device: small }),
  )
  .map(([date, rest]) => ({ ...date, ...rest }))

const packet = fc
  .tuple(
    fc.record({ cmd: fc.constantFrom(...PACKET_NAMES), bytes: small }),
    optional({ messageId: small, topic: fc.string(), qos: fc.constantFrom(0, 1, 2), code: small, dup: fc.boolean() }),
  )
  .map(([rest, more]) => ({ ...rest, ...more }))

const body = fc.oneof(
  fc.record({ who: fc.constant('link'), what: fc.constant('packet'), flow, edge: side, packet }),
  fc.record({ who: fc.constant('link'), what: fc.constantFrom('data', 'unsent'), flow, edge: side, bytes: small }),
  fc.record({
    who: fc.constant('link'),
    what: fc.constantFrom('open', 'fin', 'rst', 'close-notify'),
    edge: side,
    from: side,
  }),
  fc.record({ who: fc.constant('link'), what: fc.constant('undecoded'), flow, edge: side, note: fc.string() }),
  fc
    .tuple(
      fc.record({ who: fc.constantFrom('client', 'broker'), what: fc.constantFrom('closed', 'received', 'log') }),
      optional({ seq: small, flow, note: fc.string(), code: small }),
    )
    .map(([rest, more]) => ({ ...rest, ...more })),
  fc.record({
    who: fc.constant('harness'),
    what: fc.constant('stalled'),
    of: fc.constantFrom(...RUNNERS),
    forMs: small,
  }),
  fc.record({
    who: fc.constant('harness'),
    what: fc.constantFrom('fault-held', 'trouble'),
    fault: fc.string(),
    note: fc.string(),
  }),
)

/** Any event of the format. */
export const anyEvent: fc.Arbitrary<Event> = fc
  .tuple(place, body)
  .map(([at, rest]) => eventSchema.parse({ ...at, ...rest }))
