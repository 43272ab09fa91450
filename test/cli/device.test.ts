import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { type Time, test } from '../doubt/test.ts'
import { noMosquitto, titled } from '../needs.ts'
import { beginDevice, linkPort, printed } from './device-command.ts'
import { type Project, project } from './halfopen.ts'

const DEVICE = join(import.meta.dirname, '../commands/device/devices/device.js')

/** The command with a device of its own, which is gone once the command has ended. */
async function tested(home: Project, time: Time, args: readonly string[], habits: NodeJS.ProcessEnv) {
  const startMs = time.nowMs()
  const command = beginDevice(home, args)
  time.alsoOf(command.pid)
  const device = execa(process.execPath, [DEVICE], {
    reject: false,
    env: { DEVICE_PORT: await linkPort(command), ...habits },
  })
  time.alsoOf(device.pid)
  try {
    const { exitCode, stdout } = await command
    return {
      exitCode,
      stdout,
      /** At K = 1 s, a quarter of which the device waits for answers. */
      unlessStill: (asserts: () => void) => time.unlessStill(250, startMs, asserts),
    }
  } finally {
    device.kill('SIGKILL')
    await device
  }
}

const leftovers = (folder: string): string[] =>
  execFileSync('ps', ['-eo', 'pid,args', '-ww'], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes(folder))

describe.concurrent('halfopen device, with real devices at K = 1 s', () => {
  test('passes MQTT.js 5.16 with a backoff of its application, and writes what was asked for without a secret', async ({
    time,
  }) => {
    await using home = await project()
    const files = ['report.md', 'report.html', 'report.json']
    const reports = files.flatMap(file => ['--report', file])
    const args = [...reports, '--evidence', 'device.ndjson']
    const { exitCode, stdout, unlessStill } = await tested(home, time, args, { DEVICE_BACKOFF: '1' })
    expect(stdout).toMatch(/^device 'sensor-1' from 127\.0\.0\.1: MQTT 3\.1\.1, keep-alive 1 s$/m)
    unlessStill(() => {
      expect(stdout).toMatch(/^ {2}pass {2}PINGRESP withheld +closed after 1\.\d\d s \(1\.\d+K\)$/m)
      expect(stdout).toMatch(/^ {2}pass {2}Reconnect backoff +exponential with jitter/m)
      expect(stdout).toMatch(/\n(pass|pass with warnings): /)
      expect(exitCode).toBe(0)
    })
    for (const file of [...files, 'device.ndjson'])
      expect(await readFile(join(home.dir, file), 'utf8')).not.toMatch(/device-user|device-secret|secret reading/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('fails MQTT.js 4.3.8 that publishes: half-open, it never gives up', async ({ time }) => {
    await using home = await project()
    const habits = { DEVICE_MODULE: 'mqtt4', DEVICE_PUBLISH_MS: '300' }
    const args = ['--skip', 'pingresp,connack,session', '--report', 'report.md']
    const { exitCode, stdout, unlessStill } = await tested(home, time, args, habits)
    const report = await readFile(join(home.dir, 'report.md'), 'utf8')
    expect(stdout).not.toMatch(/pass {2}Half-open while publishing/)
    unlessStill(() => {
      expect(stdout).toMatch(/^ {2}FAIL {2}Half-open while publishing +never closed$/m)
      expect(stdout).toMatch(/the device never gave up \(it kept writing: 1\d packets\)/)
      expect(exitCode).toBe(4)
      expect(report).toContain('let only what is received restart the timer')
      expect(report).toMatch(/halfopen device --listen 127\.0\.0\.1:\d+ .*--only half-open-publishing/)
    })
  })

  test.skipIf(noMosquitto !== undefined)(
    titled('fails a constant backoff, MQTT 5.0 through Mosquitto', noMosquitto),
    async ({ time }) => {
      await using home = await project()
      const args = ['--broker', 'mosquitto', '--only', 'interval,backoff']
      const { exitCode, stdout, unlessStill } = await tested(home, time, args, { DEVICE_PROTOCOL: '5' })
      expect(stdout).toMatch(/^device 'sensor-1' from 127\.0\.0\.1: MQTT 5\.0, keep-alive 1 s$/m)
      unlessStill(() => {
        expect(stdout).toMatch(/^ {2}FAIL {2}Reconnect backoff +constant delay of 1\.0\d s$/m)
        expect(stdout).toMatch(/FAIL: 1 failed \(reconnect backoff\), 1 passed/)
        expect(exitCode).toBe(4)
      })
    },
  )

  test('Ctrl-C in the middle: the report tells what was done, and nothing is left', async ({ time }) => {
    await using home = await project()
    const startMs = time.nowMs()
    const command = beginDevice(home, ['--report', 'report.json', '--evidence', 'device.ndjson'])
    time.alsoOf(command.pid)
    const device = execa(process.execPath, [DEVICE], {
      reject: false,
      env: { DEVICE_PORT: await linkPort(command), DEVICE_BACKOFF: '1' },
    })
    await printed(command, /Healthy interval/)
    const stoppedMs = time.nowMs()
    command.kill('SIGINT')
    const { exitCode, stdout } = await command
    time.took('the end', stoppedMs, { latestMs: 2500, spareMs: 2500 })
    device.kill('SIGKILL')
    await device
    expect(exitCode).toBe(130)
    expect(stdout).toContain('stopped before its end')
    const report = JSON.parse(await readFile(join(home.dir, 'report.json'), 'utf8'))
    expect(report.stopped).toBe(true)
    time.unlessStill(250, startMs, () =>
      expect(report.steps.map(({ name, result }: { name: string; result: string }) => [name, result])).toEqual([
        ['interval', 'pass'],
        ['pingresp', 'not tested'],
      ]),
    )
    expect(existsSync(join(home.dir, 'device.ndjson'))).toBe(true)
    expect(leftovers(home.dir)).toEqual([])
  })
})
