import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe } from 'vitest'
import { parseEvidence } from '../../../../src/evidence/read-evidence.ts'
import { formatEvidence } from '../../../../src/evidence/write.ts'
import { checks } from '../../../../src/judge/checks/index.ts'
import { judge } from '../../../../src/judge/judge.ts'
import { local } from '../../../../src/labs/local.ts'
import type { Evidence } from '../../../../src/model/evidence.ts'
import type { Expectation, Scenario } from '../../../../src/model/scenario.ts'
import { windowsFor } from '../../../../src/timing/windows.ts'
import { it, type Time } from '../../../doubt/test.ts'
import { length, peers, playLocally, said, scenarioOf, step } from '../../../engine/scenarios.ts'
import { noMosquitto, titled } from '../../../needs.ts'
import { makePki, PASSPHRASE, PASSWORD, type Pki, type SecureBroker, startSecureBroker, USER } from './secure.ts'

let pki: Pki
let broker: SecureBroker
beforeAll(async () => {
  if (noMosquitto !== undefined) return
  pki = await makePki()
  broker = await startSecureBroker(pki)
  process.env.HALFOPEN_TEST_PASSPHRASE = PASSPHRASE
  process.env.HALFOPEN_TEST_PASSWORD = PASSWORD
})
afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
  await pki?.[Symbol.asyncDispose]()
})

const expecting = (...names: readonly string[]): Expectation[] =>
  names.map(check => ({ check, params: {}, position: { file: 'test.yaml', line: 1, column: 1 } }))

/** TLS with a client certificate whose key is encrypted. */
const mutual = () => ({
  url: `mqtts://localhost:${broker.mutual}`,
  ca: pki.file('ca.crt'),
  cert: pki.file('client.crt'),
  key: pki.file('client.enc.key'),
  passphrase_env: 'HALFOPEN_TEST_PASSPHRASE',
})
const external = (options: Readonly<Record<string, unknown>>) => ({ name: 'external', options })
/** What the machine spoilt is no result. */
const results = (evidence: Evidence, time: Time) =>
  time.judged(judge(evidence, checks)).outcomes.map(({ check, result }) => [check, result])
const reasons = (evidence: Evidence) => judge(evidence, checks).outcomes.map(({ reason }) => reason)

const DETECTIONS = ['broker-drops-client', 'client-gives-up', 'will-published'] as const

const halfOpen = (options: Readonly<Record<string, unknown>>): Scenario =>
  scenarioOf({
    broker: external(options),
    timeline: [step('3s', 'blackhole')],
    expect: expecting(...DETECTIONS),
    // Mosquitto's window is 10.25 s from the client's last packet, at 2 s.
    until: '12.5s',
  })

const here = { concurrent: true, skip: noMosquitto !== undefined }

describe(titled('a broker that halfopen did not start', noMosquitto), here, () => {
  it('both ends of a half-open path through TLS with a client certificate are dated', async ({ expect, time }) => {
    const evidence = await playLocally(halfOpen(mutual()))
    expect(judge(evidence, checks).troubles).toEqual([])
    expect(results(evidence, time)).toEqual(DETECTIONS.map(check => [check, 'pass']))
    expect(evidence.header.broker).toMatchObject({ name: 'mosquitto', version: expect.stringMatching(/^2\./) })
    expect(said(evidence, 'link', 'packet')).toEqual([])
    // Every byte that passed is dated at both edges, and belongs to the client under test.
    const data = said(evidence, 'link', 'data')
    expect(data.length).toBeGreaterThan(8)
    expect(data.every(({ device, conn }) => device === 1 && conn !== undefined)).toBe(true)
    expect(said(evidence, 'client', 'connected')[0]?.atMs).toBe(0)
    // What was saved comes to the same verdict.
    expect(judge(parseEvidence(formatEvidence(evidence), 'x'), checks)).toEqual(judge(evidence, checks))
  })

  it('through a WebSocket the link reads every packet, and what the WebSocket says itself', async ({
    expect,
    time,
  }) => {
    const options = { url: `ws://127.0.0.1:${broker.ws}/mqtt?token=sesame` }
    const evidence = await playLocally(halfOpen(options))
    expect(results(evidence, time)).toEqual(DETECTIONS.map(check => [check, 'pass']))
    expect(said(evidence, 'link', 'data')).toEqual([])
    expect(said(evidence, 'link', 'undecoded')).toEqual([])
    expect(evidence.header.broker).toMatchObject({ name: 'mosquitto', over: 'ws' })
    const frames = evidence.events.flatMap(event => (event.what === 'websocket' ? [event] : []))
    expect(frames.slice(0, 4).map(({ edge, frame }) => `${edge} ${frame.kind} ${frame.status ?? frame.path}`)).toEqual([
      'client request /mqtt',
      'broker request /mqtt',
      'broker response 101',
      'client response 101',
    ])
    expect(judge(parseEvidence(formatEvidence(evidence), 'x'), checks)).toEqual(judge(evidence, checks))
    expect(formatEvidence(evidence)).not.toContain('sesame')
    // 1.5K, 7 s of Mosquitto 2.0.11 and 5 s of a closing handshake that TLS hides.
    const window = windowsFor(
      { ...evidence.header, broker: { name: 'mosquitto', version: '2.0.11', over: 'wss' } },
      2000,
    )
    expect(window.brokerDrops).toMatchObject({ earliestMs: 2000, latestMs: 15_250 })
    expect(window.brokerDrops?.source).toContain('+ 5 s to close a WebSocket (RFC 6455 §7.1.1)')
  })

  it('and through plain MQTT with user and password, where the link reads every packet', async ({ expect, time }) => {
    const options = { url: `mqtt://${USER}@localhost:${broker.guarded}`, password_env: 'HALFOPEN_TEST_PASSWORD' }
    const evidence = await playLocally(halfOpen(options))
    expect(results(evidence, time)).toEqual(DETECTIONS.map(check => [check, 'pass']))
    expect(said(evidence, 'link', 'data')).toEqual([])
    expect(formatEvidence(evidence)).not.toContain(USER)
  })

  it('messages pass both ways over wss, and the client comes back after a reset', async ({ expect, time }) => {
    const evidence = await playLocally(
      scenarioOf({
        broker: external({ url: `wss://localhost:${broker.wss}/mqtt`, ca: pki.file('ca.crt') }),
        client: {
          options: { reconnectPeriod: 200 },
          traffic: { publishing: { qos: 1, every: length('300ms') }, receiving: { qos: 1, every: length('300ms') } },
        },
        timeline: [step('2s', 'reset', { side: 'both' })],
        expect: expecting('reconnects'),
        until: '5s',
      }),
    )
    expect(results(evidence, time)).toEqual([['reconnects', 'pass']])
    expect(said(evidence, 'client', 'received').length).toBeGreaterThan(5)
    expect(said(evidence, 'witness', 'received').length).toBeGreaterThan(5)
  })

  it('a fleet under TLS is told apart by the doors that it comes in by', async ({ expect, time }) => {
    const evidence = await playLocally(
      scenarioOf({
        broker: external(mutual()),
        // With K = 1 s Mosquitto 2.0, which counts whole seconds, drops a client from 1.0x s on.
        client: { count: 3, keepaliveS: 2 },
        expect: expecting('stays-connected'),
        until: '3s',
      }),
    )
    expect(results(evidence, time)).toEqual([['stays-connected', 'pass']])
    expect(reasons(evidence)[0]).toContain('3 devices: 3 pass')
    const owners = new Map(said(evidence, 'link', 'data').map(({ conn, device }) => [conn, device]))
    expect(new Set(owners.values())).toEqual(new Set([1, 2, 3]))
  })

  it('that its own name is no host of ours is no trouble: the certificate is checked against `servername`', async ({
    expect,
    time,
  }) => {
    const evidence = await playLocally(
      scenarioOf({
        broker: external({
          url: `mqtts://localhost:${broker.named}`,
          servername: 'broker.test',
          ca: pki.file('ca.crt'),
          username: USER,
          password_env: 'HALFOPEN_TEST_PASSWORD',
        }),
        expect: expecting('stays-connected', 'pings-on-time'),
        until: '5s',
      }),
    )
    expect(results(evidence, time)).toEqual([
      ['stays-connected', 'pass'],
      ['pings-on-time', 'inconclusive'],
    ])
    expect(reasons(evidence)[1]).toContain("the link can't read TLS")
  })

  it('the Server Keep Alive that it imposes is what the client says, where the link can read nothing', async ({
    expect,
    time,
  }) => {
    const evidence = await playLocally(
      scenarioOf({
        broker: external(mutual()),
        client: { keepaliveS: 60, protocol: 5 },
        timeline: [step('0.05K', 'blackhole')],
        expect: expecting('broker-drops-client'),
        until: '1s',
      }),
    )
    expect(said(evidence, 'client', 'connected')[0]).toMatchObject({ serverKeepAliveS: 10 })
    // 0.05K of 10 s are 500 ms, of 60 s would be 3 s.
    const toMs = said(evidence, 'harness', 'fault-asked')[0]?.atMs ?? Number.NaN
    time.saw('the order of the fault', { evidence, fromMs: 0, toMs }, { latestMs: 900, spareMs: 1000 })
    expect(judge(evidence, checks).outcomes[0]?.window?.earliestMs).toBe(14_000)
  })

  it('a client with a CA of its own that does not fit is told of, and blamed for nothing', async ({ expect }) => {
    const evidence = await playLocally(
      scenarioOf({
        broker: external(mutual()),
        client: { options: { ca: await readFile(pki.file('other.crt'), 'utf8') } },
        expect: expecting('stays-connected'),
        until: '1s',
      }),
    )
    const [outcome] = judge(evidence, checks).outcomes
    expect(outcome?.result).toBe('inconclusive')
    expect(outcome?.reason).toMatch(
      /the link can't read TLS, and 1 of 1 clients under test did not say in time that they are connected; the last complaint: \w.*certificate/,
    )
  })
})

describe.skipIf(noMosquitto !== undefined)(titled('a broker that halfopen did not start can not', noMosquitto), () => {
  const lab = local.create(peers)
  const reason = async (given: Parameters<typeof scenarioOf>[0]) => {
    const admission = await lab.admits(scenarioOf(given))
    return admission === true ? true : `${admission.result}: ${admission.reason}`
  }

  it('be frozen or killed', async ({ expect }) => {
    const plain = external({ url: `mqtt://127.0.0.1:${broker.plain}` })
    expect(await reason({ broker: plain, until: '1s' })).toBe(true)
    for (const fault of ['freeze', 'kill'])
      expect(await reason({ broker: plain, timeline: [step('1s', fault)], until: '2s' })).toMatch(
        /^unsupported: the broker external can't be (frozen|killed)$/,
      )
  })

  it('be used by clients that have no user to name, or do not tell when they are connected', async ({ expect }) => {
    const client = (name: string, options = {}) => ({ client: { name, options }, until: '1s' })
    expect(await reason({ broker: external(mutual()), ...client('silent') })).toBe(true)
    expect(await reason({ broker: external({ url: `ws://127.0.0.1:${broker.ws}` }), ...client('silent') })).toBe(true)
    const program = client('command', { command: 'true' })
    expect(await reason({ broker: external(mutual()), ...program })).toBe(
      "unsupported: the client command can't be told the passphrase of its key",
    )
    const open = { url: `wss://localhost:${broker.wss}/mqtt`, ca: pki.file('ca.crt') }
    expect(await reason({ broker: external(open), ...program })).toBe(
      "unsupported: the link can't read TLS, and the client command does not tell when it is connected",
    )
  })

  it('have single packets swallowed, where the link can read none', async ({ expect }) => {
    const timeline = [step('1s', 'swallow', { packets: ['pingresp'] })]
    expect(await reason({ broker: external(mutual()), timeline, until: '2s' })).toBe(
      "unsupported: the link can't read TLS, so it can't tell packets apart to swallow them",
    )
  })

  it("be tested where it can not be reached, and that is nobody's fault", async ({ expect }) => {
    const wrongCa = { ...mutual(), ca: pki.file('other.crt') }
    expect(await reason({ broker: external(wrongCa), until: '1s' })).toMatch(
      /^missing: mqtts:\/\/localhost:\d+: its certificate is not signed by a CA that is trusted here/,
    )
    expect(await reason({ broker: external({ ...mutual(), ca: '/nowhere.crt' }), until: '1s' })).toBe(
      'missing: ca: /nowhere.crt: there is no such file',
    )
    expect(await reason({ broker: external({ url_env: 'HALFOPEN_TEST_UNSET' }), until: '1s' })).toBe(
      'missing: the environment variable that url_env names is not set',
    )
  })
})
