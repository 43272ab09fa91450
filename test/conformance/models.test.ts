/** Models against the real peers, on real sockets, where those are installed. In real time, side by side. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import mqttPacket from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { findMosquitto, mosquittoVersion } from '../../src/brokers/mosquitto/binary.ts'
import { clients } from '../../src/clients/index.ts'
import { realClock } from '../../src/clock/real.ts'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { local } from '../../src/labs/local.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { clientModels } from '../../src/models/clients/index.ts'
import { peers, type Sketch, sketch } from '../sim/play.ts'
import { timesOf } from '../sim/timeline.ts'

const installed = (command: string, args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch (error) {
    // It is there if it could be started at all.
    return (error as { status?: number | null }).status === 1 && command !== PYTHON
  }
}
const PYTHON = process.env.HALFOPEN_PYTHON ?? 'python3'
const mosquitto = await findMosquitto()
const isOldMosquitto = mosquitto !== undefined && (await mosquittoVersion(mosquitto)) === '2.0.11'

/** What a client does at a broker that answers one PINGREQ and then nobody, in milliseconds since CONNACK. */
interface Course {
  readonly pingsMs: readonly number[]
  readonly closedMs: number
}

/** Starts a client at such a broker, and waits for its close. */
async function course(start: (port: number) => Promise<() => void>): Promise<Course> {
  const clock = realClock()
  const pingsMs: number[] = []
  let stop = () => {}
  const closed = new Promise<number>(resolve => {
    const server = createServer({ noDelay: true }, socket => {
      let connackMs = 0
      const answer = (packet: Parameters<typeof mqttPacket.generate>[0]) => socket.write(mqttPacket.generate(packet))
      const parser = mqttPacket.parser()
      parser.on('packet', packet => {
        if (packet.cmd === 'connect') {
          connackMs = clock.nowMs()
          answer({ cmd: 'connack', returnCode: 0, sessionPresent: false })
        } else if (packet.cmd === 'subscribe') {
          answer({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [0] })
        } else if (packet.cmd === 'pingreq' && pingsMs.push(clock.nowMs() - connackMs) === 1)
          answer({ cmd: 'pingresp' })
      })
      socket.on('data', bytes => void parser.parse(bytes))
      socket.on('error', () => {})
      socket.on('close', () => {
        server.close()
        resolve(clock.nowMs() - connackMs)
      })
    })
    server.listen(0, '127.0.0.1', async () => {
      stop = await start((server.address() as AddressInfo).port)
    })
  })
  const closedMs = await closed
  stop()
  return { pingsMs, closedMs }
}

const ended = (child: ChildProcess) => () => void child.kill('SIGKILL')

/** A client kind of ours, model or real, on real sockets. */
const ours = (kind: string, keepaliveS: number, options: unknown) => async (port: number) => {
  const client = await (clientModels.get(kind) ?? clients.get(kind))?.start({
    record: () => {},
    options,
    address: { host: '127.0.0.1', port },
    clientId: 'conformance',
    keepaliveS,
    protocol: 4,
    will: { topic: 'will', qos: 0, payload: Buffer.from('') },
  })
  return () => void client?.[Symbol.asyncDispose]()
}

/** As a user's program: connects, and lets the library run its own loop. */
const PAHO = `
import sys, paho.mqtt.client as mqtt
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", int(sys.argv[1]), keepalive=int(sys.argv[2]))
client.loop_forever(retry_first_connection=False)
`

const pahoPython = (keepaliveS: number) => async (port: number) =>
  ended(spawn(PYTHON, ['-c', PAHO, String(port), String(keepaliveS)], { stdio: 'ignore' }))
const mosquittoSub = (keepaliveS: number) => async (port: number) =>
  ended(spawn('mosquitto_sub', ['-p', String(port), '-k', String(keepaliveS), '-t', 't'], { stdio: 'ignore' }))

/** `withinMs`: the real one's granularity, which facts give. */
function expectSame(real: Course, model: Course, withinMs: number): void {
  expect(model.pingsMs).toHaveLength(real.pingsMs.length)
  for (const [index, realMs] of real.pingsMs.entries())
    expect(Math.abs((model.pingsMs[index] ?? 0) - realMs)).toBeLessThan(withinMs)
  expect(Math.abs(model.closedMs - real.closedMs)).toBeLessThan(withinMs)
}

describe.concurrent('a client model pings and closes when the real client does:', () => {
  test('MQTT.js 4.3.8', async () => {
    const options = { reconnectPeriod: 0, module: 'mqtt4' }
    const [real, model] = await Promise.all([course(ours('mqttjs', 2, options)), course(ours('mqttjs-4', 2, {}))])
    expectSame(real, model, 100)
  })

  test.runIf(installed('mosquitto_sub', ['--help']))('libmosquitto', { timeout: 40_000 }, async () => {
    // 5 s is the least that libmosquitto takes.
    const [real, model] = await Promise.all([course(mosquittoSub(5)), course(ours('libmosquitto', 5, {}))])
    expectSame(real, model, 1100)
  })

  test.runIf(installed(PYTHON, ['-c', 'import paho.mqtt.client']))('Paho Python', { timeout: 40_000 }, async () => {
    const [real, model] = await Promise.all([course(pahoPython(3)), course(ours('paho-python', 3, {}))])
    expectSame(real, model, 1100)
  })
})

const brokerClosedMs = (evidence: Evidence) =>
  timesOf(evidence, event => event.what === 'fin' && event.edge === 'broker' && event.from === 'broker')

const play = (given: Partial<Sketch>) =>
  run(sketch({ keepaliveS: 2, untilMs: 1000, latencyMs: 0, ...given }), lab, faults, {
    seed: 1,
    runId: `m${process.pid.toString(36)}${++runs}`,
  })
const lab = local.create(peers)
let runs = 0

describe.runIf(isOldMosquitto)(
  'the model of Mosquitto 2.0.11 does what Mosquitto 2.0.11 does:',
  { concurrent: true },
  () => {
    const both = (given: Partial<Sketch>) =>
      Promise.all(['mosquitto', 'mosquitto-2.0.11'].map(broker => play({ ...given, broker })))

    const connack = ({ events }: Evidence) =>
      events.flatMap(event =>
        event.what === 'packet' && event.packet.cmd === 'connack' && event.edge === 'client' ? [event.packet] : [],
      )

    test.each([
      { keepaliveS: 60, protocol: 4 },
      { keepaliveS: 60, protocol: 5 },
      { keepaliveS: 0, protocol: 5 },
      { keepaliveS: 5, protocol: 5 },
    ] as const)('CONNACK at max_keepalive 10 for K = $keepaliveS in protocol $protocol', async given => {
      const [real, model] = (await both({ ...given, client: 'silent', brokerOptions: { max_keepalive: 10 } })).map(
        connack,
      )
      const essence = (packets: typeof real) =>
        packets?.map(({ code, serverKeepAliveS }) => ({ code, serverKeepAliveS }))
      expect(essence(model)).toEqual(essence(real))
    })

    test.each([2])(
      'a silent client with K = %i goes between floor(1.5K) and 7 s later',
      { timeout: 40_000 },
      async keepaliveS => {
        const allowedMs = Math.floor(1.5 * keepaliveS) * 1000
        const runs = await both({ keepaliveS, count: 6, client: 'silent', untilMs: allowedMs + 8000 })
        for (const dropped of runs.map(brokerClosedMs)) {
          expect(dropped).toHaveLength(6)
          expect(Math.min(...dropped)).toBeGreaterThan(allowedMs - 50)
          expect(Math.max(...dropped)).toBeLessThan(allowedMs + 7200)
        }
      },
    )

    test('a client that is taken over leaves a will', async () => {
      const troubles = [{ atMs: 500, fault: 'reset', options: { side: 'client' } }]
      const evidence = await both({ keepaliveS: 60, troubles, untilMs: 3000 })
      const wills = evidence.map(each => timesOf(each, ({ what }) => what === 'will').length)
      expect(wills[1]).toBe(wills[0])
    })
  },
)
