import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect } from 'vitest'
import { freePort } from '../../src/processes/port.ts'
import { raw } from '../conformance/toxiproxy/http.ts'
import { it } from '../doubt/test.ts'
import { project } from './halfopen.ts'

const json = (listen: string) => JSON.stringify([{ name: 'mqtt', listen, upstream: '127.0.0.1:1883' }])

describe.concurrent('halfopen proxy', () => {
  it.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('serves the config, and %s ends it at once', async ([signal, exitCode], { time }) => {
    await using dir = await project({ 'toxiproxy.json': json('127.0.0.1:0') })
    const port = await freePort()
    const running = dir.run(['proxy', '--listen', `127.0.0.1:${port}`, '--config', 'toxiproxy.json', '--seed', '7'])
    await once(running.stdout, 'data')
    const { text } = await raw(`http://127.0.0.1:${port}`, 'GET', '/proxies')
    expect(JSON.parse(text).mqtt.enabled).toBe(true)
    time.alsoOf(running.pid)
    const askedMs = time.nowMs()
    running.kill(signal)
    const { exitCode: got, stdout, stderr } = await running
    time.took('the end', askedMs, { latestMs: 1000, spareMs: 1000 })
    expect([got, stderr]).toEqual([exitCode, ''])
    expect(stdout).toMatch(
      new RegExp(
        `^halfopen proxy \\d\\S+: Toxiproxy's API on http://127\\.0\\.0\\.1:${port}; seed 7\\n {2}mqtt: 127\\.0\\.0\\.1:\\d+ -> 127\\.0\\.0\\.1:1883$`,
      ),
    )
    await expect(raw(`http://127.0.0.1:${port}`, 'GET', '/version')).rejects.toThrow('ECONNREFUSED')
  })

  it('says in one line that the port is taken, with exit code 3', async () => {
    await using dir = await project()
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { exitCode, stdout, stderr } = await dir.run(['proxy', '--listen', String(port)])
    server.close()
    expect([exitCode, stdout, stderr]).toEqual([
      3,
      '',
      `error: 127.0.0.1:${port} is taken: is a Toxiproxy running? Choose another with --listen`,
    ])
  })

  it('tells all problems of a config file with their places, with exit code 2', async () => {
    await using dir = await project({
      'bad.json': '[\n  { "name": "a", "upstream": "u:1", "listen": "x" },\n  {}\n]\n',
    })
    const { exitCode, stdout, stderr } = await dir.run(['proxy', '--config', 'bad.json'])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^bad\.json:2:47: "listen" has to be like/)
    expect(stderr).toContain('bad.json:3:3: this proxy has no "name"')
    expect(stderr).toContain('bad.json:3:3: this proxy has no "upstream"')
    expect(stderr).toContain('> 2 |')
  })

  it('says that a config file is missing, with exit code 2', async () => {
    await using dir = await project()
    const { exitCode, stderr } = await dir.run(['proxy', '--config', 'nope.json'])
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/^error: nope\.json can't be read: there is no such file/),
    ])
  })

  it('refuses an address that is none, with exit code 1', async () => {
    await using dir = await project()
    const { exitCode, stderr } = await dir.run(['proxy', '--listen', 'localhost'])
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('It must be like 127.0.0.1:8474.')])
  })
})
