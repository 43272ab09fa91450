import { z } from 'zod'
import type { ClientKind } from './client.ts'
import { common, driver } from './driver/start-driver.ts'

const options = z.strictObject({
  ...common,
  heartbeats: z
    .boolean()
    .exactOptional()
    .describe('false: it agrees on an interval, and then neither sends heartbeats nor waits for them'),
})

/** It looks every K whether bytes came, and gives up at the second look that finds none (lib/heartbeat.js). */
export const amqplib: ClientKind<z.infer<typeof options>> = driver({
  name: 'amqplib',
  summary: 'amqplib 2.3.1 for AMQP 0-9-1, in a process of its own; its heartbeats are the keep-alive',
  options,
  dialect: 'amqp',
  args: ({ heartbeats }) => (heartbeats === false ? ['--no-heartbeats'] : []),
  recipe: {
    folder: 'amqplib',
    needs: [{ program: 'npm', apt: 'npm', remedy: 'https://nodejs.org/en/download' }],
    steps: [
      ['cp', 'package-lock.json', 'driver.mjs', '{build}'],
      // npm wants it beside the lock file, which says the same.
      ['sh', '-ec', `echo '{ "dependencies": { "amqplib": "2.3.1" } }' > "$1/package.json"`, 'sh', '{build}'],
      ['npm', 'ci', '--prefix', '{build}', '--ignore-scripts', '--no-audit', '--no-fund'],
    ],
    run: ['node', '{build}/driver.mjs'],
  },
  schemes: ['mqtt'],
  // Whoever would publish to it speaks MQTT alone.
  traffic: { publishing: true, receiving: false },
})
