import { z } from 'zod'
import { CROWD_COUNTS } from '../model/crowd-counts.ts'
import { type Event, type ForeignPacketName, PACKET_NAMES, RUNNERS, WEBSOCKET_FRAMES } from '../model/event.ts'
import type { EvidenceHeader, PeerVersion } from '../model/evidence.ts'
import { brokerProfileInside, clientProfileInside } from '../model/profile.ts'
import { qos, side } from '../model/schema.ts'

/** Version of the format. A change that an older reader would misread makes it 2. */
export const FORMAT = 1

const count = z.int().min(0)
const flow = z.enum(['up', 'down'])

/** Already parsed: no text of a scenario file, but the value that came of it. */
const duration = z.object({ ms: z.number(), k: z.number() })
const position = z.object({ file: z.string(), line: count, column: count })
const choice = z.object({ name: z.string(), options: z.record(z.string(), z.unknown()) })
const stream = z.object({ qos, every: duration, size: count.exactOptional() })
const receivingStream = stream.extend({ share: z.literal(true).exactOptional(), expiryS: count.exactOptional() })
const willAsked = z.object({
  delayS: count.exactOptional(),
  qos: qos.exactOptional(),
  retain: z.boolean().exactOptional(),
  size: count.exactOptional(),
})
const client = choice.extend({
  keepaliveS: count.max(65_535),
  protocol: z.union([z.literal(4), z.literal(5)]),
  traffic: z.object({ publishing: stream.exactOptional(), receiving: receivingStream.exactOptional() }),
  will: willAsked.exactOptional(),
  count: count.min(1),
  recorded: count.min(1).exactOptional(),
  share: z
    .object({ index: count.min(1), of: count.min(1), count: count.min(1), recorded: count.min(1) })
    .exactOptional(),
  profile: clientProfileInside.exactOptional(),
})
/** A scenario as it was played: without its secrets. */
export const playedScenario = z.object({
  name: z.string(),
  position,
  broker: choice.extend({ profile: brokerProfileInside.exactOptional() }),
  client,
  link: choice.extend({ latency: duration, jitter: duration }),
  timeline: z.array(z.object({ at: duration, fault: choice, for: duration.exactOptional(), position })),
  expect: z.array(z.object({ check: z.string(), params: z.record(z.string(), z.unknown()), position })),
  lab: z.array(z.string()).exactOptional(),
  tags: z.array(z.string()).exactOptional(),
  until: duration,
  must: z.enum(['fail', 'inconclusive']).exactOptional(),
  scale: count.min(1).exactOptional(),
  profiles: z.array(z.union([clientProfileInside, brokerProfileInside])).exactOptional(),
})
const peer = z.object({
  name: z.string(),
  version: z.string(),
  model: z.literal(true).exactOptional(),
  over: z.enum(['mqtts', 'ws', 'wss']).exactOptional(),
  pings: z.literal(false).exactOptional(),
})

/** Evidence of 0.1.0 and before does not tell whether a client pings; only this one did not. */
const clientPeer = peer.transform(
  (told): PeerVersion => (told.name === 'silent' && told.version === 'built in' ? { ...told, pings: false } : told),
)

export const headerSchema: z.ZodType<EvidenceHeader> = z.object({
  evidence: z.literal(FORMAT),
  halfopen: z.string(),
  node: z.string(),
  lab: z.string(),
  labResolutionMs: z.number(),
  speed: z.number().positive().exactOptional(),
  link: z.string(),
  broker: peer,
  client: clientPeer,
  seed: z.number(),
  started: z.string(),
  clock: z.object({ atMs: z.number(), errorMs: z.number().min(0).nullable(), source: z.string() }).exactOptional(),
  machine: z.object({ cores: count, cpuPressure: z.number().exactOptional(), schedstat: z.boolean() }).exactOptional(),
  scenario: playedScenario,
})

const will = z.object({
  topic: z.string(),
  qos,
  retain: z.boolean(),
  delayS: count.exactOptional(),
  payloadHash: z.string().exactOptional(),
})

const FOREIGN_PACKET = /^[a-z]+:[a-z0-9.-]+$/
const foreignName = z.custom<ForeignPacketName>(name => typeof name === 'string' && FOREIGN_PACKET.test(name))

const packet = z.object({
  cmd: z.union([z.enum(PACKET_NAMES), foreignName]),
  bytes: count,
  messageId: count.exactOptional(),
  topic: z.string().exactOptional(),
  qos: qos.exactOptional(),
  dup: z.boolean().exactOptional(),
  likeWill: z.boolean().exactOptional(),
  clientId: z.string().exactOptional(),
  will: z.union([z.literal(false), will]).exactOptional(),
  sessionExpiryS: count.exactOptional(),
  keepaliveS: count.exactOptional(),
  protocolVersion: count.exactOptional(),
  clean: z.boolean().exactOptional(),
  code: count.exactOptional(),
  sessionPresent: z.boolean().exactOptional(),
  serverKeepAliveS: count.exactOptional(),
  maximumPacketSize: count.exactOptional(),
  receiveMaximum: count.exactOptional(),
  filters: z.array(z.object({ topic: z.string(), qos })).exactOptional(),
})

const frame = z.object({
  kind: z.enum(['request', 'response', ...WEBSOCKET_FRAMES]),
  bytes: count,
  path: z.string().exactOptional(),
  status: count.exactOptional(),
  protocols: z.array(z.string()).exactOptional(),
  deflate: z.literal(true).exactOptional(),
  code: count.exactOptional(),
})

const dated = z.object({
  atMs: z.number(),
  lateMs: z.number().min(0).exactOptional(),
  conn: count.exactOptional(),
  device: count.exactOptional(),
})
const note = z.string()

const PEER_EVENTS = [
  'started',
  'connected',
  'reconnecting',
  'offline',
  'closed',
  'error',
  'exited',
  'published',
  'acknowledged',
  'received',
  'subscribed',
  'will',
  'client-connected',
  'client-closed',
  'keepalive-timeout',
  'frozen',
  'thawed',
  'clock-set',
  'killed',
  'restarted',
  'log',
] as const
const HARNESS_EVENTS = [
  'fault-asked',
  'fault-held',
  'fault-touched',
  'fault-lifted',
  'stalled',
  'trouble',
  'ended',
] as const

const linkEvent = z.discriminatedUnion('what', [
  dated.extend({ who: z.literal('link'), what: z.literal('packet'), flow, edge: side, packet }),
  dated.extend({ who: z.literal('link'), what: z.literal('websocket'), flow, edge: side, frame }),
  dated.extend({
    who: z.literal('link'),
    what: z.literal('undecoded'),
    flow,
    edge: side,
    sealed: z.enum(['TLS', 'WebSocket']).exactOptional(),
    note,
  }),
  dated.extend({ who: z.literal('link'), what: z.enum(['data', 'unsent']), flow, edge: side, bytes: count }),
  dated.extend({
    who: z.literal('link'),
    what: z.enum(['open', 'fin', 'rst', 'close-notify']),
    edge: side,
    from: z.enum(['client', 'broker', 'fault']),
    unacknowledged: z.literal(true).exactOptional(),
    unread: z.int().min(0).exactOptional(),
    hidden: z.literal(true).exactOptional(),
  }),
])
const peerEvent = dated.extend({
  who: z.enum(['client', 'broker', 'witness']),
  what: z.enum(PEER_EVENTS),
  seq: count.exactOptional(),
  flow: flow.exactOptional(),
  topic: z.string().exactOptional(),
  code: z.int().exactOptional(),
  serverKeepAliveS: count.exactOptional(),
  note: note.exactOptional(),
})
const runner = z.enum(RUNNERS)
const steps = z.array(z.number())
const harnessEvent = z.discriminatedUnion('what', [
  dated.extend({
    who: z.literal('harness'),
    what: z.enum(HARNESS_EVENTS),
    fault: z.string().exactOptional(),
    forMs: z.number().exactOptional(),
    of: runner.exactOptional(),
    passing: z.literal(true).exactOptional(),
    note: note.exactOptional(),
  }),
  dated.extend({
    who: z.literal('harness'),
    what: z.literal('starved'),
    of: runner,
    forMs: z.number(),
    overMs: z.number(),
    how: z.enum(['no-cpu', 'stopped']),
  }),
  dated.extend({
    who: z.literal('harness'),
    what: z.literal('crowd'),
    crowd: z.object({
      devices: count,
      stepMs: z.number().positive(),
      counts: z.partialRecord(z.enum(CROWD_COUNTS), steps),
      clientNoticed: steps.exactOptional(),
      brokerNoticed: steps.exactOptional(),
      brokerCpu: steps.exactOptional(),
      brokerMb: steps.exactOptional(),
      ownMb: z.number().exactOptional(),
    }),
  }),
])

export const eventSchema: z.ZodType<Event> = z.discriminatedUnion('who', [linkEvent, peerEvent, harnessEvent])
