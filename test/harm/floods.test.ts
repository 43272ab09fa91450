/** A peer that says more than anybody can take: the run ends in bounded time and memory, as inconclusive, and fails no peer. */
import { describe, expect, vi } from 'vitest'
import { project } from '../cli/halfopen.ts'
import { type Time, test } from '../doubt/test.ts'
import { FLOODS, floodingBroker } from '../hostile/flooding-broker.ts'
import { some } from '../some.ts'
import { peakOf } from './peak.ts'

// A flood takes all of a processor.
vi.setConfig({ maxConcurrency: 2 })

const MOST_MB = 1500
/** Until is 4 s after the CONNACK; a process that does not answer any more is given up after 30 s. */
const TIME = { latestMs: 60_000, spareMs: 60_000 }

const receiving = (port: number) => `name: a broker that floods
broker: { name: external, url: "mqtt://127.0.0.1:${port}" }
client: { name: mqttjs, keepalive: 2s, traffic: { receiving: { qos: 0, every: 1s } } }
expect: [stays-connected]
until: 4s
`

/** `says`: for the shell, on standard output. */
const saying = (client: string, says: string) => `name: a program that floods
broker: aedes
client: { name: ${client}, command: ${JSON.stringify(says)}, keepalive: 2s }
expect: [stays-connected]
until: 4s
`

const PROGRAMS: Readonly<Record<string, readonly [client: string, says: string]>> = {
  'a command, without a newline': ['command', "yes | tr -d '\\n'"],
  'a command, line by line': ['command', 'yes'],
  'a command, on standard error': ['command', 'yes >&2'],
  'a driver, with lines of the protocol': ['driver', `yes '{"what":"reconnecting"}'`],
  'a driver, with what is none': ['driver', "yes '{'"],
}

async function playsOut(text: string, time: Time): Promise<void> {
  await using home = await project({ 'one.yaml': text, '.git': '' })
  const startMs = time.nowMs()
  const run = home.run(['run', 'one.yaml', '--replays', '0'])
  time.alsoOf(run.pid)
  const peakMb = peakOf(run.pid)
  const { exitCode, stdout, stderr } = await run
  time.took('the run', startMs, TIME)
  expect(peakMb(), stdout).toBeLessThan(MOST_MB)
  expect(`${stdout}\n${stderr}`).not.toMatch(/heap out of memory|birpc|^\s+at /m)
  expect([0, 3], `${stdout}\n${stderr}`).toContain(exitCode)
}

describe.concurrent('a flood', () => {
  test.for(some(Object.entries(FLOODS)))('of %s from a broker ends with its run', async ([, packet], { time }) => {
    await using server = await floodingBroker(packet)
    await playsOut(receiving(server.port), time)
    expect(server.sentBytes).toBeGreaterThan(1_000_000)
  })

  test.for(some(Object.entries(PROGRAMS)))('of %s ends with its run', ([, [client, says]], { time }) =>
    playsOut(saying(client, says), time),
  )
})
