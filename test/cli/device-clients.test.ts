/** Clients of raw sockets with the faults that people reported, each through the steps that find it; and a healthy one. */
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { test } from '../doubt/test.ts'
import { MAIN, project } from './halfopen.ts'

const RAW = join(import.meta.dirname, '../commands/device/devices/raw.js')

interface Case {
  readonly kind: string
  readonly only: string
  readonly exitCode: number
  readonly said: RegExp
  /** Its process is named to halfopen. */
  readonly pid?: true
}

const CASES: readonly Case[] = [
  { kind: 'good', only: 'interval,pingresp', exitCode: 0, said: /pass: 2 passed/ },
  { kind: 'storm', only: 'backoff', exitCode: 4, said: /where its session is accepted and then ended, it waits 0\.0/ },
  {
    kind: 'stale',
    only: 'half-open-idle',
    exitCode: 4,
    said: /the device dropped a healthy connection after 2\.\d\d s/,
  },
  { kind: 'receiving', only: 'interval', exitCode: 4, said: /the device sent nothing for 3\.\d\d s/ },
  { kind: 'good', only: 'take-over', exitCode: 0, said: /pass .*Taken over|Taken over.*back 1\.\d\d s/ },
  { kind: 'storm', only: 'take-over', exitCode: 4, said: /hardly any delay, so two devices with one id/ },
  { kind: 'good', only: 'sleep', exitCode: 0, said: /it found out once it was awake|asleep for/, pid: true },
  {
    kind: 'drowsy',
    only: 'sleep',
    exitCode: 4,
    said: /it was not back 6\.\d\d s after the path was healthy/,
    pid: true,
  },
  { kind: 'mute', only: 'pingresp', exitCode: 4, said: /the device sent nothing for [23]\.\d\d s/ },
]

describe.concurrent('halfopen device, with raw sockets at K = 2 s', () => {
  test.for(CASES)('$kind, $only: exit code $exitCode', async ({ kind, only, exitCode, said, pid }, { time }) => {
    await using home = await project()
    const startMs = time.nowMs()
    // It is there before halfopen is, and learns the port later: so its process can be named.
    const device = execa('sh', ['-c', `read port; exec "$0" "$1" ${kind} "$port" 2`, process.execPath, RAW], {
      reject: false,
    })
    const asleep = pid ? ['--pid', String(device.pid), '--back', '6s'] : []
    const args = ['--listen', '127.0.0.1:0', '--attempts', '5', '--backoff-time', '30s', '--only', only, ...asleep]
    const command = execa(process.execPath, [MAIN, 'device', ...args], {
      cwd: home.dir,
      reject: false,
      env: { NO_COLOR: '1', FORCE_COLOR: undefined, CI: '1' },
    })
    time.alsoOf(command.pid)
    const port = await new Promise<string>(resolve => {
      let text = ''
      command.stdout.on('data', bytes => {
        text += bytes
        const [, found] = /127\.0\.0\.1:(\d+)/.exec(text) ?? []
        if (found !== undefined) resolve(found)
      })
      command.stdout.once('end', () => resolve('0'))
    })
    device.stdin?.end(`${port}\n`)
    time.alsoOf(device.pid)
    const result = await command
    device.kill('SIGKILL')
    await device
    // Lines are broken at 80 columns.
    const stdout = result.stdout.replace(/\s+/g, ' ')
    // Between 1K and the broker's 1.5K lies 1 s.
    time.unlessStill(300, startMs, () => {
      expect(stdout).toMatch(said)
      expect(result.exitCode).toBe(exitCode)
    })
  })
})
