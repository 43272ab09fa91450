import { describe, expect, it } from 'vitest'
import { run } from '../../src/engine/run.ts'
import { faults } from '../../src/faults/index.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { simulated } from '../../src/labs/simulated.ts'
import type { Outcome, Verdict } from '../../src/model/verdict.ts'
import type { ClientKind } from '../../src/peers/clients/client.ts'
import { peers, type Sketch, sketch } from '../sim/play.ts'
import { keepAlive, muteBroker, type Stage, scripted } from './scripted.ts'

type Expected = string | Readonly<Record<string, object>>

/** In virtual time, K = 2 s, with the scripted client. */
async function judged(client: ClientKind<object>, given: Partial<Sketch>, ...expected: readonly Expected[]) {
  const lab = simulated.create({
    ...peers,
    clients: new Map([...peers.clients, [client.name, client as ClientKind]]),
    brokers: new Map([...peers.brokers, [muteBroker.name, muteBroker as never]]),
  })
  const base = sketch({ keepaliveS: 2, latencyMs: 1, untilMs: 12_000, client: client.name, ...given })
  const expectations = expected.map(each => {
    const [check = '', params = {}] = typeof each === 'string' ? [each] : (Object.entries(each)[0] ?? [])
    return {
      check,
      params: checks.get(check)?.options.parse(params) as Record<string, unknown>,
      position: base.position,
    }
  })
  const evidence = await run({ ...base, expect: expectations }, lab, faults, { seed: 1, runId: 's1' })
  return judge(evidence, checks)
}

const of = ({ outcomes }: Verdict, check: string): Pick<Outcome, 'result' | 'reason'> => {
  const found = outcomes.find(each => each.check === check)
  return { result: found?.result ?? 'unsupported', reason: found?.reason ?? 'no outcome' }
}

const blackhole = { troubles: [{ atMs: 3300, fault: 'blackhole' }] }
const good = (stage: Stage) => keepAlive(stage, stage.open())

describe('a good client without a library', () => {
  it('passes', async () => {
    const verdict = await judged(
      scripted('good', good),
      blackhole,
      'client-gives-up',
      'broker-drops-client',
      'will-published',
    )
    expect(verdict).toMatchObject({ result: 'pass', troubles: [] })
  })
})

describe('the will', () => {
  it('a client that registers none: the broker has none to publish', async () => {
    const bare = scripted('bare', stage => keepAlive(stage, stage.open({ will: undefined as never })))
    const verdict = await judged(bare, blackhole, 'will-published', 'broker-drops-client')
    expect(of(verdict, 'will-published')).toEqual({
      result: 'inconclusive',
      reason:
        "the client's CONNECT registered no will, so the broker has none to publish; " +
        'let it register one on the topic that it is given, here halfopen/s1/1/will',
    })
    expect(of(verdict, 'broker-drops-client').result).toBe('pass')
  })

  it('one for a topic of its own is seen there', async () => {
    const will = { topic: 'devices/7/gone', payload: Buffer.from('x'), qos: 1, retain: false } as const
    const verdict = await judged(
      scripted('elsewhere', stage => keepAlive(stage, stage.open({ will }))),
      blackhole,
      'will-published',
    )
    expect(of(verdict, 'will-published').result).toBe('pass')
  })
})

describe('a client that does not notice', () => {
  it('is caught though it publishes by itself and never pings', async () => {
    const publisher = scripted('publisher', stage => {
      const line = stage.open()
      stage.every(500, () => line.send({ cmd: 'publish', topic: 'a', payload: 'x', qos: 0, dup: false, retain: false }))
    })
    const verdict = await judged(publisher, blackhole, 'client-gives-up', 'pings-on-time')
    expect(of(verdict, 'client-gives-up')).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/^client never gave up \(it kept writing: 18 packets\)/),
    })
    expect(of(verdict, 'pings-on-time').result).toBe('pass')
  })

  it('nor has one that did not ping when it was due shown that it is well', async () => {
    const lazy = scripted('lazy', stage => {
      const line = stage.open()
      line.send({ cmd: 'publish', topic: 'a', payload: 'x', qos: 0, dup: false, retain: false })
    })
    const slow = { keepaliveS: 10, untilMs: 60_000, troubles: [{ atMs: 12_500, fault: 'blackhole' }] }
    expect(of(await judged(lazy, slow, 'client-gives-up'), 'client-gives-up')).toEqual({
      result: 'inconclusive',
      reason: 'the client sent nothing for 12.50 s (1.25K) before blackhole#0, though a PINGREQ was due after 1K',
    })
  })

  const leaving = (name: string, how: 'close' | 'disconnect') =>
    scripted(name, stage => {
      const line = stage.open()
      stage.after(2000, () => line.send({ cmd: 'pingreq' }))
      stage.after(5000, () => {
        if (how === 'disconnect') line.send({ cmd: 'disconnect' })
        line.close()
      })
    })

  it('one that closes after 1.5K, come what may, has not given up', async () =>
    expect(of(await judged(leaving('timed', 'close'), blackhole, 'client-gives-up'), 'client-gives-up')).toMatchObject({
      result: 'fail',
      reason: expect.stringContaining('not for want of an answer: it had asked the broker for nothing since'),
    }))

  it('nor one that says DISCONNECT', async () =>
    expect(
      of(await judged(leaving('leaver', 'disconnect'), blackhole, 'client-gives-up'), 'client-gives-up'),
    ).toMatchObject({ result: 'fail', reason: expect.stringContaining('it said DISCONNECT, and') }))
})

describe('a second connection', () => {
  const idleCut = { troubles: [{ atMs: 0, fault: 'idle-cut', options: { after: '1s' } }] }
  const withSecond = (name: string, clientId?: string) =>
    scripted(name, stage => {
      good(stage)
      stage.after(1500, () => {
        const second = stage.open(clientId === undefined ? {} : { clientId, will: undefined as never })
        stage.after(100, () => second.send({ cmd: 'disconnect' }))
      })
    })

  it('under another client id takes nothing over: the broker has to find out by itself', async () => {
    const verdict = await judged(
      withSecond('two-clients', 'another'),
      idleCut,
      'will-published',
      'broker-drops-client',
      'client-gives-up',
      { flaps: { max: 1 } },
    )
    expect(verdict.outcomes.map(({ check, result }) => `${check} ${result}`)).toEqual([
      'will-published pass',
      'broker-drops-client pass',
      'client-gives-up pass',
      'flaps pass',
    ])
  })

  it('under the same id takes over, and it is said', async () => {
    const verdict = await judged(withSecond('twin'), {}, 'stays-connected', 'flaps', 'pings-on-time')
    const who = 'connection 2 took over, with the same client id "ho-s1-1", MQTT 3.1.1 [MQTT-3.1.4-2]'
    expect(of(verdict, 'stays-connected')).toEqual({
      result: 'fail',
      reason: expect.stringMatching(/^the broker ended it \(FIN\) 1\.50 s \(0\.75K\) after CONNACK: connection 2/),
    })
    expect(of(verdict, 'stays-connected').reason).toContain(who)
    expect(of(verdict, 'flaps').reason).toContain(who)
    // The first was not silent for too long when the second came.
    expect(of(verdict, 'pings-on-time').result).toBe('inconclusive')
  })
})

describe('a broker that answers no PINGREQ', () => {
  const mute = { broker: 'mute' }

  it('is what stays-connected names, and not the client that gave it up', async () =>
    expect(of(await judged(scripted('good', good), mute, 'stays-connected'), 'stays-connected')).toEqual({
      result: 'fail',
      reason:
        'the client ended it (FIN) 4.00 s (2K) after CONNACK: 1 of 1 PINGREQ had no PINGRESP, for 2.00 s (1K): ' +
        'the broker left it unanswered (MQTT 3.1.1 [MQTT-3.12.4-1]); nothing may end the connection',
    }))

  it.each([2050, 2400, 2990, 3300])('proves nothing where the path dies at %i ms', async atMs => {
    const dead = { ...mute, troubles: [{ atMs, fault: 'blackhole' }] }
    const verdict = await judged(scripted('good', good), dead, 'client-gives-up', 'broker-drops-client')
    for (const { result, reason } of verdict.outcomes)
      expect({ result, reason }).toEqual({
        result: 'inconclusive',
        reason: expect.stringMatching(/PINGREQ.*(had no PINGRESP|\[MQTT-3\.12\.4-1\])/),
      })
  })
})

describe('an end that is no loss', () => {
  const visitor = scripted('visitor', stage => {
    const visit = () => {
      const line = stage.open()
      stage.after(1000, () => {
        line.send({ cmd: 'disconnect' })
        line.close()
      })
    }
    visit()
    stage.every(2000, visit)
  })

  it('a client that leaves with DISCONNECT has lost nothing', async () => {
    const verdict = await judged(visitor, {}, 'flaps', { flaps: { min: 1 } }, 'reconnects')
    expect(verdict.outcomes.map(({ check, result }) => `${check} ${result}`)).toEqual([
      'flaps pass',
      'flaps fail',
      'reconnects inconclusive',
    ])
    expect(of(verdict, 'flaps').reason).toContain('not lost but left by the client with DISCONNECT (6 times)')
  })
})
