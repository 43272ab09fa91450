import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { beginDevice, linkPort } from './device-command.ts'
import { project } from './halfopen.ts'

describe.concurrent('halfopen device, before a device is there', () => {
  test('a device that never connects is inconclusive', async () => {
    await using home = await project()
    const { exitCode, stdout } = await beginDevice(home, ['--wait', '1s'])
    expect(stdout).toMatch(/inconclusive: No device connected within 1 s\./)
    expect(exitCode).toBe(3)
  })

  test('Ctrl-C while it waits for a device', async () => {
    await using home = await project()
    const command = beginDevice(home, ['--report', 'report.md'])
    await linkPort(command)
    command.kill('SIGINT')
    const { exitCode, stdout } = await command
    expect(stdout).toContain('None had connected by the time that it was stopped.')
    expect(exitCode).toBe(130)
    expect(await readFile(join(home.dir, 'report.md'), 'utf8')).toContain('None had connected')
  })

  test('tells all that is wrong at once', async () => {
    await using home = await project()
    const { exitCode, stderr } = await home.run([
      ...['device', '--only', 'intervall', '--give-up', 'soon', '--refuse', 'politely', '--attempts', '3'],
      ...['--connack', '2K', '--report', 'report.pdf'],
    ])
    expect(exitCode).toBe(1)
    expect(stderr.trim().split('\n')).toEqual([
      "error: --give-up: 'soon' is not a duration; write it like 250ms, 10s, 2m, 1.5K, 1.5K + 2s",
      "error: --connack: '2K' must not depend on K",
      "error: --refuse: 'politely' is none of rst, fin, connack",
      'error: --attempts: a class takes at least 5',
      'error: --report: report.pdf must end in .md, .html or .json',
      "error: --only: no step is called 'intervall'. Did you mean 'interval'?",
    ])
  })

  test.each([
    ['mqtt://me:secret@localhost', 1, 'leave out user and password'],
    ['http://localhost', 1, 'it must be like mqtt://host, mqtts://host:8883 or wss://host/mqtt'],
    ['mosquito', 1, "Did you mean 'mosquitto'?"],
    ['mqtt://127.0.0.1:1', 3, 'nothing answers at 127.0.0.1:1'],
  ])('--broker %s: exit code %i', async (broker, code, message) => {
    await using home = await project()
    const { exitCode, stderr } = await home.run(['device', '--listen', '127.0.0.1:0', '--broker', broker])
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('secret')
    expect(exitCode).toBe(code)
  })

  test('a port that is taken is said', async () => {
    await using home = await project()
    const first = beginDevice(home, ['--wait', '20s'])
    const port = await linkPort(first)
    const { exitCode, stderr } = await home.run(['device', '--listen', `127.0.0.1:${port}`])
    first.kill('SIGINT')
    await first
    expect(stderr).toMatch(/error: --listen: .*the port is taken/)
    expect(exitCode).toBe(3)
  })

  test('an address that is no loopback is said plainly', async () => {
    await using home = await project()
    const { stderr, stdout } = await home.run(['device', '--listen', '0.0.0.0:0', '--wait', '200ms'])
    expect(stderr).toMatch(
      /0\.0\.0\.0:\d+ is no loopback address: every machine that reaches it can use the broker behind it/,
    )
    expect(stdout).toMatch(/waiting for a device at \S+:\d+/)
  })

  test('--plan lists the steps with their longest times', async () => {
    await using home = await project()
    const { exitCode, stdout } = await home.run(['device', '--plan', '10s', '--skip', 'backoff'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('The programme at K = 10 s')
    expect(stdout).not.toContain('backoff')
  })
})
