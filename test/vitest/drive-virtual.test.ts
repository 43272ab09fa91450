import { expect, test } from 'vitest'
import { catalogOf } from '../../src/plugins.ts'
import type { Drive } from '../../src/vitest/drive.ts'
import { driveVirtual } from '../../src/vitest/drive-virtual.ts'
import { orderFor, type PlayedOrder } from '../../src/vitest/order.ts'
import { sketch } from '../sim/play.ts'

const catalog = catalogOf([])
const scenarios = Array.from({ length: 9 }, (_, number) => ({
  ...sketch({ client: 'mqttjs', keepaliveS: 2 + number, untilMs: 60_000 }),
  name: `${number}`,
}))

async function drive(change: Partial<Drive> = {}) {
  const told = {
    played: new Map<number, PlayedOrder>(),
    started: [] as number[],
    chatter: '',
    troubles: [] as string[],
  }
  const job: Drive = {
    order: orderFor(scenarios, { lab: 'simulated', seed: 7 }),
    isVirtual: catalog.isVirtual,
    jobs: 200,
    reporters: [],
    stdout: process.stdout,
    signal: new AbortController().signal,
    started: part => void told.started.push(part),
    ended: (part, played) => void told.played.set(part, played),
    trouble: message => void told.troubles.push(message),
    chatter(text) {
      told.chatter += text
    },
    ...change,
  }
  await driveVirtual(job, catalog)
  return told
}

test('plays every part of an order, each once and each as its own', async () => {
  const { played, started, troubles } = await drive()
  expect([troubles, started.toSorted()]).toEqual([[], [...scenarios.keys()]])
  for (const [part, { report }] of played)
    expect([report.scenario.name, report.lab, report.seed, report.verdict?.troubles]).toEqual([
      `${part}`,
      'simulated',
      7,
      ['the scenario expects nothing'],
    ])
  expect(played.size).toBe(scenarios.length)
})

test('what is printed meanwhile is heard, and the console is given back', async () => {
  const own = globalThis.console
  const { chatter } = await drive({ started: part => console.log(`part ${part}`) })
  expect(chatter).toContain('part 3\n')
  expect(globalThis.console).toBe(own)
})

test('stops where it is told to: what has ended is kept, and nothing else begins', async () => {
  const controller = new AbortController()
  const ended: number[] = []
  const { started } = await drive({
    signal: controller.signal,
    ended(part) {
      ended.push(part)
      controller.abort(new Error('stopped'))
    },
  })
  expect(ended).toHaveLength(1)
  expect(started.length).toBeLessThan(scenarios.length)
})
