import { z } from 'zod'

/**
 * Options that would take the client out of the harness, and the scenario's own key for the same wish. `keepalive` and
 * `protocol` are keys of the scenario by the same name, so they are not refused here.
 */
const REFUSED: Readonly<Record<string, string>> = {
  host: 'the client connects to the link; say `broker:` and `link:`',
  hostname: 'the client connects to the link; say `broker:` and `link:`',
  port: 'the client connects to the link; say `broker:` and `link:`',
  path: 'the client connects to the link; say `broker:` and `link:`',
  servers: 'the client connects to the link; say `broker:` and `link:`',
  socksProxy: 'the client connects to the link; say `broker:` and `link:`',
  protocolVersion: 'say `client: { protocol: 4 }` or 5',
  protocolId: 'say `client: { protocol: 4 }` or 5',
  clientId:
    'every run has client ids of its own, since brokers are shared; for several clients say `client: { count: N }`',
  will: 'every client has a will of its own; the check is `will-published`',
  rejectUnauthorized: 'a certificate is always checked; say which CA signed it with `broker: { ca: ... }`',
  manualConnect: 'halfopen starts the client itself',
}

/** Any option of `mqtt.connect`, by MQTT.js' own names (times in milliseconds), and the MQTT.js to test. */
export const options = z
  .looseObject({
    module: z.string().min(1).exactOptional().describe('package or path of the MQTT.js to test; default: our own'),
    reconnectPeriod: z.number().nonnegative().exactOptional().describe('milliseconds between reconnects; 0: never'),
    connectTimeout: z.number().positive().exactOptional().describe('milliseconds to wait for CONNACK'),
    clean: z.boolean().exactOptional(),
    resubscribe: z.boolean().exactOptional(),
    reschedulePings: z.boolean().exactOptional(),
    queueQoSZero: z.boolean().exactOptional(),
    timerVariant: z.enum(['auto', 'worker', 'native']).exactOptional(),
    username: z.string().exactOptional(),
    password: z.string().exactOptional(),
    wsOptions: z
      .record(z.string(), z.unknown())
      .exactOptional()
      .describe('of the WebSocket, as the package ws takes them'),
  })
  .superRefine((given, context) => {
    for (const key of Object.keys(given)) {
      const message = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined
      if (message) context.addIssue({ code: 'custom', path: [key], message })
    }
  })

export type MqttjsOptions = z.infer<typeof options>
