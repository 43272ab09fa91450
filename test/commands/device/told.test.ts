/** Canaries, as in misbehaviour.test.ts, of the steps that tell the device something. Virtual time. */
import { describe, expect, test } from 'vitest'
import { type Habits, imposing, RawDevice } from './raw-device.ts'
import { outcomeOf, type Simulation, simulated, told } from './simulated.ts'

async function found(step: string, habits: Habits, simulation: Partial<Simulation> = {}): Promise<string> {
  const device: Simulation['device'] = (dial, clock) => void new RawDevice(dial, clock, habits)
  const run = await simulated({ device, only: [step], ...simulation })
  return told(outcomeOf(run, step))
}

const GOOD: Habits = { answerMs: 5000, connackMs: 20_000 }

describe('messages received', () => {
  const receives: Habits = { ...GOOD, subscribes: 'always' }

  test('a PUBACK and a connection that outlasts a large message pass', async () => {
    const text = await found('messages', { ...receives, answerMs: 30_000 })
    expect(text).toMatch(
      /^pass\npass: it acknowledged a message of QoS 1 after 0.0\d s|^pass\npass: it acknowledged .* \d+ ms/,
    )
    expect(text).toMatch(/pass: it kept its connection through a message of 16 kilobytes/)
  })

  test('one without PUBACK fails; one that gives up in the middle of a message is warned', async () => {
    expect(await found('messages', { ...receives, answerMs: 30_000, deaf: true })).toMatch(
      /^fail\nfail: it did not acknowledge a message of QoS 1 within 10.00 s/,
    )
    expect(await found('messages', receives)).toMatch(/^warning\n[\s\S]*gave its connection up 1\d.\d+ s/)
  })

  test('one that subscribes to nothing is not tested', async () => {
    expect(await found('messages', GOOD)).toMatch(/^not tested\n.*subscribes to nothing/)
  })
})

describe('a message that was kept while the device was away', () => {
  const keeps: Habits = { ...GOOD, clean: false, subscribes: 'always' }

  test('is acknowledged by a device that takes messages from its CONNACK on', async () => {
    expect(await found('kept-message', keeps)).toMatch(/^pass\npass: it acknowledged what had been kept for it/)
    expect(await found('kept-message', { ...keeps, subscribes: 'first' })).toMatch(/^pass\n/)
  })

  test('is lost to one that hears nothing before it has subscribed again, and to one that never answers', async () => {
    const lost = /^fail\nfail: it did not acknowledge a message that came right behind its CONNACK within 10 s/
    expect(await found('kept-message', { ...keeps, deafAtFirst: true })).toMatch(lost)
    expect(await found('kept-message', { ...keeps, deaf: true })).toMatch(lost)
  })

  test('there is none with a clean session, without a subscription, and from a broker that kept nothing', async () => {
    expect(await found('kept-message', { ...keeps, clean: true })).toMatch(/^not tested\n.*clean session/)
    expect(await found('kept-message', { ...GOOD, clean: false })).toMatch(/^not tested\n.*subscribes to nothing/)
    const none = await found('kept-message', keeps, { limits: { payload: undefined } })
    expect(none).toMatch(/^not tested\n.*--no-messages/)
  })
})

describe('a message of the device without its PUBACK', () => {
  const publishes: Habits = { ...GOOD, clean: false, subscribes: 'first', publishEveryMs: 3000 }
  const resumed = async (habits: Habits) => {
    const device: Simulation['device'] = (dial, clock) => void new RawDevice(dial, clock, habits)
    return told(outcomeOf(await simulated({ device, only: ['interval', 'session'] }), 'session'))
  }

  test('comes again with DUP and its id: pass; without DUP: warned', async () => {
    expect(await resumed({ ...publishes, resends: 'with-dup' })).toMatch(
      /^pass\n[\s\S]*came again, with DUP and the same id/,
    )
    expect(await resumed({ ...publishes, resends: 'without-dup' })).toMatch(
      /^warning\n[\s\S]*with the same id, but without DUP/,
    )
  })

  test('that comes as another message, or not at all, fails', async () => {
    const lost = /^fail\n[\s\S]*did not come again with the same id/
    expect(await resumed({ ...publishes, resends: 'anew' })).toMatch(lost)
    expect(await resumed(publishes)).toMatch(lost)
  })
})

describe('Server Keep Alive', () => {
  test('is imposed on any device that speaks MQTT 5.0', async () => {
    const broker = imposing()
    const deaf = await found('server-keep-alive', { ...GOOD, protocol: 5 }, { broker })
    expect(deaf).toMatch(/^fail\nfail: the device ignores the broker's Server Keep Alive 5 s instead of its own 10 s: /)
    const obeys = await found('server-keep-alive', { ...GOOD, protocol: 5, obeys: true }, { broker })
    expect(obeys).toMatch(/^pass\n[\s\S]*note: the broker imposed Server Keep Alive 5 s/)
    expect(await found('server-keep-alive', GOOD)).toMatch(/^not tested\n.*MQTT 3.1.1/)
  })
})

describe('session lost', () => {
  test('a device that is told so has to subscribe again', async () => {
    const keeps: Habits = { ...GOOD, clean: false }
    expect(await found('session-lost', { ...keeps, subscribes: 'first' })).toMatch(
      /^fail\nfail: .*did not subscribe again/,
    )
    expect(await found('session-lost', { ...keeps, subscribes: 'always' })).toMatch(/^pass\npass: it subscribed again/)
  })
})
