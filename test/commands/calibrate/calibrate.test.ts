import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CalibrateOptions } from '../../../src/commands/calibrate/options.ts'
import { calibrate } from '../../../src/commands/calibrate/run.ts'
import {
  type MeasuredPeer,
  type MeasureOrder,
  type MeasurePeer,
  NeverGaveUp,
} from '../../../src/figures/measured-peer.ts'
import { line, mosquitto, mqttjs } from './measured.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halfopen-calibrate-'))
})
afterAll(() => rm(dir, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

/** The command with a measurement that is made up; what it printed, and what it ordered. */
async function command(options: CalibrateOptions, measured: MeasuredPeer | Error = mqttjs()) {
  let printed = ''
  const print = (text: string | Uint8Array) => {
    printed += text
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(print)
  vi.spyOn(process.stderr, 'write').mockImplementation(print)
  const orders: MeasureOrder[] = []
  const measure: MeasurePeer = async order => {
    orders.push(order)
    if (measured instanceof Error) throw measured
    return measured
  }
  const code = await calibrate(options, measure)
  return { code, printed, order: orders[0] }
}
const file = (name: string) => join(dir, name)

describe('halfopen calibrate', () => {
  test('writes the profile, and prints what it found and the lines that use it', async () => {
    const out = file('mqttjs.profile.json')
    const { code, printed, order } = await command({ client: 'mqttjs', keepalive: '4s, 2s', phases: 2, out })
    expect(code).toBe(0)
    expect(order).toEqual({ role: 'client', name: 'mqttjs', options: {}, keepalivesS: [2, 4], phases: 2 })
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({ profile: 1, name: 'mqttjs' })
    expect(printed).toContain('gives up           1.50K after the last answer')
    expect(printed).toContain('client: { name: mqttjs, keepalive: 2s, profile: ./mqttjs.profile.json }')
    expect(printed).toContain('client: { name: measured, keepalive: 2s, profile: ./mqttjs.profile.json }')
    expect(printed).toContain(`halfopen run --profile ${out}`)
  })

  test('of any program prints neither the program nor how all such programs would be judged', async () => {
    const options = { command: 'true --password sesame {host}', name: 'my-device', peerVersion: '1.2' }
    const out = file('device.json')
    const { printed, order } = await command({ ...options, out }, mqttjs({ name: 'command', version: 'true' }))
    expect(order).toMatchObject({ name: 'command', options: { command: options.command } })
    expect(printed).toContain('my-device 1.2, a client')
    expect(printed).toContain('client: { name: command, command: ..., keepalive: 2s, profile: ./device.json }')
    expect(printed + (await readFile(out, 'utf8'))).not.toMatch(/sesame|halfopen run/)
  })

  test('refuses a poor measurement and says why: 3, and nothing is written', async () => {
    const out = file('poor.json')
    const { code, printed } = await command({ client: 'mqttjs', out }, mqttjs({ samples: 2 }))
    expect(code).toBe(3)
    expect(printed).toMatch(
      /^no profile of mqttjs:\n {2}there are 2 detections; it takes 6\nWhat helps: less at the same time.*\n$/,
    )
    await expect(readFile(out)).rejects.toThrow('ENOENT')
  })

  test('of a figure that is missing or doubted writes nothing, and says which, why, and what to do: 3', async () => {
    const out = file('doubted.json')
    const { whilePublishing: _, ...seen } = mqttjs()
    const doubts = ['while publishing: too few runs that count (0 at K = 4 s): the client stood still for 300 ms']
    const { code, printed } = await command({ client: 'mqttjs', out }, { ...seen, doubts })
    expect(code).toBe(3)
    expect(printed).toMatch(/^no profile of mqttjs:\n {2}while publishing: too few runs that count/)
    expect(printed).toMatch(/What helps: .*longer keep-alives \(--keepalive 4s,8s,12s\)/)
    await expect(readFile(out)).rejects.toThrow('ENOENT')
    const { granularityMs: __, ...blurred } = mosquitto({ spreadMs: 800 })
    const broker = await command({ broker: 'mosquitto', out }, blurred)
    expect([broker.code, broker.printed]).toEqual([3, expect.stringContaining('how much later than that it may be')])
    await expect(readFile(out)).rejects.toThrow('ENOENT')
  })

  test('says why a peer can not be measured: 3', async () => {
    const { code, printed } = await command({ client: 'mqttjs', out: file('x') }, new Error('it is not installed'))
    expect([code, printed]).toEqual([3, 'no profile of mqttjs:\n  it is not installed\n'])
  })

  test.each([
    [{}, 'give one of --client, --command and --broker'],
    [{ client: 'mqttjs', broker: 'aedes' }, 'give one of --client, --command and --broker'],
    [{ client: 'mqttsj' }, "--client: nothing is called 'mqttsj'. Did you mean 'mqttjs'?"],
    [{ client: 'aws-iot' }, '--client: aws-iot is a model of ours here'],
    [{ broker: 'measured' }, '--broker: measured is a model of ours here'],
    [{ client: 'mqttjs', keepalive: '2s' }, '--keepalive: give two or more'],
    [{ client: 'mqttjs', keepalive: '2s,1500ms' }, 'whole seconds'],
    [{ client: 'mqttjs', options: '[1]' }, '--options: write them as a scenario would'],
    [
      { broker: 'aedes', options: '{ keepaliveLimit: -1, x: 1 }' },
      'what aedes is given does not fit:\n  keepaliveLimit:',
    ],
  ])('complains of %o: 1', async (options, message) => {
    await expect(command({ ...options, out: file('none') })).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(message),
    })
  })
})

describe('halfopen calibrate --check', () => {
  const out = () => file('kept.json')
  const check = (measured: MeasuredPeer | Error) => command({ client: 'mqttjs', check: out() }, measured)

  test('passes where the peer is as it was, measured at the keep-alives of the file', async () => {
    await command({ client: 'mqttjs', out: out() })
    const { code, printed, order } = await check(mqttjs())
    expect([code, order?.keepalivesS]).toEqual([0, [2, 4]])
    expect(printed).toContain('as in the profile of mqttjs 5.16.0, measured 2026-11-22\n')
  })

  test('fails where it is not, and says in what: 4', async () => {
    const { code, printed } = await check(mqttjs({ version: '5.17.0', whilePublishing: 'never' }))
    expect(code).toBe(4)
    expect(printed).toContain('not as in the profile of mqttjs 5.16.0, measured 2026-11-22:\n  its giving up while')
  })

  test('fails where the peer does not notice any more, which is a change and no failure of the measurement', async () => {
    await command({ client: 'mqttjs', out: out() })
    const { code, printed } = await check(new NeverGaveUp('the client mqttjs never gave up'))
    expect(code).toBe(4)
    expect(printed).toContain('measured 2026-11-22:\n  the client mqttjs never gave up\n')
  })

  test('of a poor or doubted measurement is no answer: 3, neither as before nor changed', async () => {
    expect((await check(mqttjs({ samples: 1 }))).code).toBe(3)
    const doubts = ['pings every: 1.10K ±0.04 is no better known']
    const { ping: _, ...seen } = mqttjs({ whilePublishing: 'never', doubts })
    const { code, printed } = await check(seen)
    expect([code, printed]).toEqual([3, expect.not.stringMatching(/as in the profile/)])
  })

  test('can not tell where the margins reach over the edge of what may be: 3', async () => {
    await command({ client: 'mqttjs', out: out() })
    const { code, printed } = await check(mqttjs({ afterAnswer: line(1.55, 0, 8, 0.01) }))
    expect(code).toBe(3)
    expect(printed).toContain(
      "can't tell whether as in the profile of mqttjs 5.16.0, measured 2026-11-22:\n  its giving up",
    )
  })

  test('complains of a file of the other role, or that is none, before it measures anything', async () => {
    await expect(command({ broker: 'aedes', check: out() }, mosquitto())).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('is the profile of a client; aedes is a broker'),
    })
    await expect(command({ client: 'mqttjs', check: file('none.json') })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/--check: there is no profile/),
    })
  })
})
