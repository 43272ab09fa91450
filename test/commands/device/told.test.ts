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
