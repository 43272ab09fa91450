/** `halfopen device` beside a broker that floods, and while it stands still itself: it ends, in bounded memory, and fails no device. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, vi } from 'vitest'
import { type Project, project, REPOSITORY } from '../cli/halfopen.ts'
import { type Time, test } from '../doubt/test.ts'
import { FLOODS, floodingBroker } from '../hostile/flooding-broker.ts'
import { some } from '../some.ts'
import { peakOf } from './peak.ts'

vi.setConfig({ maxConcurrency: 2 })

const DEVICE = join(REPOSITORY, 'test/commands/device/devices/device.js')
const MOST_MB = 600
const STOOD_MS = 6000
/** Of the programme, as it is cut short here, with a device that never comes back. */
const TIME = { latestMs: 150_000, spareMs: 150_000 }
const LIMIT = { timeout: 400_000 }
const SHORT = '--only interval,pingresp --connack 5s --back 10s --wait 15s'.split(' ')

type Command = ReturnType<Project['run']>

const startDevice = (port: string) =>
  execa(process.execPath, [DEVICE], { reject: false, env: { DEVICE_PORT: port, DEVICE_BACKOFF: '1' } })

/** With a device of its own, which doubles its waits and is gone once the command is. */
async function tested(home: Project, time: Time, args: readonly string[], meet: (command: Command) => void) {
  const startMs = time.nowMs()
  const command = home.run(['device', '--listen', '127.0.0.1:0', ...SHORT, ...args])
  time.alsoOf(command.pid)
  const peakMb = peakOf(command.pid)
  let device: ReturnType<typeof startDevice> | undefined
  let said = ''
  command.stdout.on('data', bytes => {
    said += bytes
    const [, port] = /waiting for a device at 127\.0\.0\.1:(\d+)/.exec(said) ?? []
    if (device || port === undefined) return
    device = startDevice(port)
    meet(command)
  })
  const { exitCode, stdout, stderr } = await command
  device?.kill('SIGKILL')
  await device
  time.took('the programme', startMs, TIME)
  expect(stderr).not.toMatch(/^\s+at |heap out of memory/m)
  return { exitCode, stdout, peakMb: peakMb() }
}

describe.skipIf(process.platform !== 'linux').concurrent('halfopen device', () => {
  test.for(some(Object.entries(FLOODS)))(
    'beside a broker that floods with %s',
    LIMIT,
    async ([kind, packet], { time }) => {
      await using server = await floodingBroker(packet)
      await using home = await project()
      const broker = ['--broker', `mqtt://127.0.0.1:${server.port}`, '--report', 'report.md']
      const { exitCode, stdout, peakMb } = await tested(home, time, broker, () => {})
      expect(server.sentBytes).toBeGreaterThan(1_000_000)
      expect(peakMb, stdout).toBeLessThan(MOST_MB)
      expect([0, 3], stdout).toContain(exitCode)
      expect(stdout).not.toContain('FAIL')
      const report = readFileSync(join(home.dir, 'report.md'), 'utf8')
      if (kind !== 'garbage') expect(report).toMatch(/a flood: the broker sent \d+ (?:PINGRESP|PUBLISH)/)
    },
  )

  test.for(some([500, 1500, 3000, 4500, 6500]))(
    'that stands still for 6 s, %d ms after its device',
    LIMIT,
    async (atMs, { time }) => {
      await using home = await project()
      const { exitCode, stdout } = await tested(home, time, [], command => {
        setTimeout(() => command.kill('SIGSTOP'), atMs)
        setTimeout(() => command.kill('SIGCONT'), atMs + STOOD_MS)
      })
      expect([0, 3], stdout).toContain(exitCode)
      expect(stdout).not.toContain('FAIL')
    },
  )
})
