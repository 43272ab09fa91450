import { z } from 'zod'
import { type Plugin, registry, type Vocabulary } from '../../src/model/plugin.ts'
import { direction, duration, side } from '../../src/model/schema.ts'

const plugin = (name: string, summary: string, options: z.ZodType = z.strictObject({})): Plugin => ({
  name,
  summary,
  options,
})

const window = { earliest: duration.optional(), latest: duration.optional() }
const check = (name: string, more: z.ZodRawShape = {}) =>
  plugin(name, `${name}, as a claim`, z.strictObject({ ...window, ...more }))

/** Plug-ins in the shapes that real ones have, and in some that they may come to have. */
export const vocabulary: Vocabulary = {
  faults: registry([
    plugin('blackhole', 'holds everything, ends included', z.strictObject({ direction: direction.default('both') })),
    plugin(
      'delay',
      'passes everything on, later',
      z.strictObject({
        latency: duration,
        jitter: duration.default({ ms: 0, k: 0 }),
        direction: direction.default('both'),
      }),
    ),
    // Not strict: the loader refuses unknown keys all the same.
    plugin('close', 'FIN on the live connection', z.object({ side: side.default('client') })),
    plugin(
      'swallow',
      'named control packets vanish',
      z.strictObject({
        packets: z.array(z.enum(['pingresp', 'connack', 'puback'])).min(1),
        direction: direction.default('both'),
      }),
    ),
    // A union, told apart by its keys.
    plugin(
      'idle-cut',
      'a middlebox forgets a silent flow',
      z.union([
        z.strictObject({ preset: z.enum(['aws-nlb', 'azure-lb']) }),
        z.strictObject({ after: duration, on_expiry: z.enum(['silent', 'rst-both']).default('silent') }),
      ]),
    ),
  ]),
  checks: registry([
    check('broker-drops-client'),
    check('client-gives-up'),
    check('will-published'),
    check('stays-connected'),
    check('flaps', { max: z.int().min(0).default(0) }),
  ]),
  links: registry([
    plugin('embedded', 'a relay in this process'),
    plugin('toxiproxy', 'a real Toxiproxy', z.strictObject({ url: z.url().optional() })),
  ]),
  brokers: registry([
    {
      ...plugin('aedes', 'Aedes, in this process', z.strictObject({ heartbeatInterval: z.number().optional() })),
      protocols: [4],
    },
    {
      ...plugin(
        'mosquitto',
        'Mosquitto, as a process',
        z.strictObject({ max_keepalive: z.int().min(1).max(65_535).optional() }),
      ),
      protocols: [4, 5],
    },
    { ...plugin('external', 'a broker that runs already', z.strictObject({ url: z.url() })), protocols: [4, 5] },
  ]),
  clients: registry([
    {
      ...plugin('mqttjs', 'MQTT.js, with any option of mqtt.connect', z.looseObject({ module: z.string().optional() })),
      traffic: { publishing: true, receiving: true },
    },
    { ...plugin('silent', 'connects and never sends again'), traffic: { publishing: false, receiving: false } },
    {
      ...plugin('command', 'any program', z.strictObject({ command: z.string() })),
      traffic: { publishing: false, receiving: true },
    },
  ]),
  labs: ['local', 'simulated'],
}
