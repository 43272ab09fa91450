import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project } from './halfopen.ts'

describe('advise', () => {
  test.each([
    [['--keepalive', '60s', '--idle', '350s', '--broker-max', '1200s'], 0],
    [['--keepalive', '300s', '--middlebox', 'aws-nlb'], 0],
    [['--keepalive', '400s', '--middlebox', 'aws-nlb'], 4],
    [['--keepalive', '2.5s'], 1],
    [['--keepalive', '60s', '--middlebox', 'aws-nbl'], 1],
    [[], 1],
  ] as const)('%j exits with %i', async (args, code) => {
    await using own = await project()
    expect((await own.run(['advise', ...args])).exitCode).toBe(code)
  })

  test('lints scenario files', async () => {
    const scenario = `name: x\nbroker: aedes\nclient: { name: mqttjs, keepalive: 400s }\ntimeline: [{ at: 0s, fault: { idle-cut: aws-nlb } }]\nexpect: [stays-connected]\nuntil: 3K\n`
    await using own = await project({ 'x.yaml': scenario })
    const { exitCode, stdout } = await own.run(['advise', 'x.yaml'])
    expect(exitCode).toBe(4)
    expect(stdout).toContain('FAIL K = 400 s is not below T = 350 s')
  })
})

describe('repro', () => {
  test('tells the story, and writes a scenario that fails', async () => {
    await using own = await project()
    const { exitCode, stdout, stderr } = await own.run([
      'repro',
      '--middlebox',
      'aws-nlb',
      '--keepalive',
      '400s',
      '--write',
      'scenarios/bug.yaml',
    ])
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'lab simulated (it takes 1215 s in real time; --scale shortens it)',
    })
    expect(stdout).toContain('Cause: the client says nothing for K = 400 s')
    expect(await readFile(join(own.dir, 'scenarios/bug.yaml'), 'utf8')).toContain('idle-cut: aws-nlb')
    const run = await own.run(['run', 'scenarios/bug.yaml', '--lab', 'simulated'])
    expect(run.exitCode).toBe(4)
  })

  test('reckons with the limits of a managed broker: what it imposes is what is played', async () => {
    await using own = await project()
    const words = 'repro --middlebox aws-nlb --publish none --broker aws-iot-core --mqtt 5 --keepalive'.split(' ')
    const [short, long] = await Promise.all([own.run([...words, '10s']), own.run([...words, '2000s'])])
    expect(short.stdout).toContain('AWS IoT Core imposes 30 s on a client that asks for 10 s')
    expect(short.stdout).toContain('The client speaks every K = 30 s')
    expect(long.stdout).toContain('keep-alive 2000 s, for which the broker imposes 1200 s')
    expect(long.stdout).toContain('max_keepalive: 1200')
  })

  test('says what a broker counts that can not tell its client', async () => {
    await using own = await project()
    const { stdout } = await own.run(
      'repro --middlebox aws-nlb --publish none --broker-min 30s --keepalive 10s'.split(' '),
    )
    expect(stdout).toContain('The broker counts 10 s as 30 s')
    expect(stdout).toContain('The client speaks every K = 10 s')
  })

  test('overwrites nothing', async () => {
    await using own = await project({ 'bug.yaml': 'mine' })
    const { exitCode } = await own.run([
      'repro',
      '--middlebox',
      'aws-nlb',
      '--keepalive',
      '400s',
      '--write',
      'bug.yaml',
    ])
    expect(exitCode).toBe(1)
    expect(await readFile(join(own.dir, 'bug.yaml'), 'utf8')).toBe('mine')
  })

  test.each([
    [['--middlebox', 'aws-nlb', '--keepalive', '400s', '--scale', '1/60'], /1\/50 and 1\/80 would do/],
    [['--middlebox', 'aws-nlb', '--client', 'mqtjs'], /Did you mean 'mqttjs'/],
    [['--keepalive', '400s'], /needs --middlebox, --from-log or --from-pcap/],
    [['--from-log', 'none.log'], /can't be read/],
    [['--middlebox', 'aws-nlb', '--broker', 'aedes', '--mqtt', '5'], /aedes does not speak MQTT 5\.0/],
    [['--middlebox', 'aws-nlb', '--broker', 'azure-iot-hub', '--mqtt', '5'], /speaks MQTT 3\.1\.1 only/],
    [['--middlebox', 'aws-nlb', '--broker-min', '60s', '--broker-max', '30s'], /60 s is more than the longest/],
  ] as const)('%j is refused', async (args, words) => {
    await using own = await project()
    const { exitCode, stderr } = await own.run(['repro', ...args])
    expect(stderr).toMatch(words)
    expect([1, 2]).toContain(exitCode)
  })
})

describe('probe', () => {
  test('says what is wrong with where it should go', async () => {
    await using own = await project()
    expect((await own.run(['probe', 'http://host'])).exitCode).toBe(1)
    const { exitCode, stderr } = await own.run(['probe', 'mqtt://127.0.0.1:1'])
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/ECONNREFUSED/)
  })
})

test('list --presets shows what is known of each', async () => {
  await using own = await project()
  const { stdout } = await own.run(['list', '--presets', '--json'])
  const { presets } = JSON.parse(stdout) as { presets: { name: string; facts: Record<string, string> }[] }
  expect(presets.find(({ name }) => name === 'aws-nlb')?.facts).toMatchObject({
    after: '350 s (60 to 6000 s)',
    'next packet': 'RST to the sender',
  })
})
