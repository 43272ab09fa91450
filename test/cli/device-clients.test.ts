/** Clients of raw sockets with the faults that people reported, each through the steps that find it; and a healthy one. */
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { test } from '../doubt/test.ts'
import { some } from '../some.ts'
import { MAIN, project } from './halfopen.ts'

const RAW = join(import.meta.dirname, '../commands/device/devices/raw.js')

interface Case {
  readonly kind: string
  readonly only: string
  readonly exitCode: number
  readonly said: RegExp
  /** Its process is named to halfopen. */
  readonly pid?: true
  readonly tls?: true
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

/** Each of them is found inside of TLS as well, by the same steps: `device --tls` ends TLS at both edges of its link. */
const INSIDE_TLS: readonly Case[] = [
  ...CASES,
  { kind: 'once', only: 'interval', exitCode: 4, said: /the device sent nothing for 3\.\d\d s/ },
  { kind: 'fast', only: 'interval', exitCode: 0, said: /pings every 1\d\d ms/ },
  { kind: 'twin', only: 'interval', exitCode: 0, said: /close a connection before another one is opened/ },
]

describe.concurrent('halfopen device, with raw sockets at K = 2 s', () => {
  const cases = [...CASES, ...some(INSIDE_TLS, 1 / 6).map(each => ({ ...each, tls: true as const }))]
  test.for(cases)('$kind, $only, TLS $tls: exit code $exitCode', async (given, { time }) => {
    const { kind, only, exitCode, said, pid, tls } = given
    await using home = await project()
    const startMs = time.nowMs()
    // It is there before halfopen is, and learns the port later: so its process can be named.
    const ca = tls ? 'ca.pem' : ''
    const device = execa('sh', ['-c', `read port; exec "$0" "$1" ${kind} "$port" 2 ${ca}`, process.execPath, RAW], {
      cwd: home.dir,
      reject: false,
    })
    const asleep = pid ? ['--pid', String(device.pid), '--back', '6s'] : []
    const secure = tls ? ['--tls', '--save-ca', ca] : []
    const args = [
      '--listen',
      '127.0.0.1:0',
      '--attempts',
      '5',
      '--backoff-time',
      '30s',
      '--only',
      only,
      ...asleep,
      ...secure,
    ]
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
