/** Models against the real peers, on real sockets, where those are installed. In real time, side by side. */
import { execFileSync, spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import mqttPacket from 'mqtt-packet'
import { describe, expect } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { local } from '../../src/labs/local.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { findMosquitto, mosquittoVersion } from '../../src/peers/brokers/mosquitto/binary.ts'
import { clients } from '../../src/peers/clients/index.ts'
import { clientModels } from '../../src/peers/models/clients/index.ts'
import { type Time, test } from '../doubt/test.ts'
import { clock } from '../doubt/watch.ts'
import { ofDifference } from '../doubt/weigh.ts'
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
  /** By the clock of this worker. */
  readonly connackMs: number
  readonly pingsMs: readonly number[]
  readonly closedMs: number
}

/** Starts a client at such a broker, and waits for its close. */
async function course(start: (port: number) => Promise<() => void>): Promise<Course> {
  const pingsMs: number[] = []
  let stop = () => {}
  let connackMs = 0
  const closed = new Promise<number>(resolve => {
    const server = createServer({ noDelay: true }, socket => {
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
  return { connackMs, pingsMs, closedMs }
}

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

const program = (time: Time, file: string, argsFor: (port: string) => readonly string[]) => async (port: number) => {
  const child = spawn(file, argsFor(String(port)), { stdio: 'ignore' })
  time.alsoOf(child.pid)
  return () => void child.kill('SIGKILL')
}

const pahoPython = (time: Time, keepaliveS: number) =>
  program(time, PYTHON, port => ['-c', PAHO, port, String(keepaliveS)])
const mosquittoSub = (time: Time, keepaliveS: number) =>
  program(time, 'mosquitto_sub', port => ['-p', port, '-k', String(keepaliveS), '-t', 't'])

/** `withinMs`: the real one's granularity, which facts give. A model that is wrong is wrong by half a K, a second and more. */
function claimSame(time: Time, real: Course, model: Course, withinMs: number): void {
  expect(model.pingsMs).toHaveLength(real.pingsMs.length)
  const claim = { earliestMs: -withinMs, latestMs: withinMs, spareMs: 400 }
  const doubtOf = ({ connackMs }: Course, ms: number) => time.doubt(connackMs, connackMs + ms)
  const same = (what: string, realMs: number, modelMs: number) => {
    const doubt = ofDifference(doubtOf(model, modelMs), doubtOf(real, realMs))
    time.claim(`${what} of the model`, modelMs - realMs, claim, doubt)
  }
  for (const [index, realMs] of real.pingsMs.entries()) same('a ping', realMs, model.pingsMs[index] ?? Number.NaN)
  same('the end', real.closedMs, model.closedMs)
}

describe.concurrent('a client model pings and closes when the real client does:', () => {
  test('MQTT.js 4.3.8', async ({ time }) => {
    const options = { reconnectPeriod: 0, module: 'mqtt4' }
    const [real, model] = await Promise.all([course(ours('mqttjs', 2, options)), course(ours('mqttjs-4', 2, {}))])
    claimSame(time, real, model, 100)
  })

  test.runIf(installed('mosquitto_sub', ['--help']))('libmosquitto', async ({ time }) => {
    // 5 s is the least that libmosquitto takes.
    const [real, model] = await Promise.all([course(mosquittoSub(time, 5)), course(ours('libmosquitto', 5, {}))])
    claimSame(time, real, model, 1100)
  })

  test.runIf(installed(PYTHON, ['-c', 'import paho.mqtt.client']))('Paho Python', async ({ time }) => {
    const [real, model] = await Promise.all([course(pahoPython(time, 3)), course(ours('paho-python', 3, {}))])
    claimSame(time, real, model, 1100)
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

    test.for([[2]] as const)(
      'a silent client with K = %i goes between floor(1.5K) and 7 s later',
      async ([keepaliveS], { time }) => {
        const allowedMs = Math.floor(1.5 * keepaliveS) * 1000
        const runs = await both({ keepaliveS, count: 6, client: 'silent', untilMs: allowedMs + 8000 })
        for (const evidence of runs) {
          const dropped = brokerClosedMs(evidence)
          expect(dropped).toHaveLength(6)
          for (const toMs of dropped)
            time.saw(
              'its end',
              { evidence, fromMs: 0, toMs },
              { earliestMs: allowedMs - 50, latestMs: allowedMs + 7200, spareMs: 500 },
            )
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
