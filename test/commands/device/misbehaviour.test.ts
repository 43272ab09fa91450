/** Canaries: for every way to fail there is a device that does, and is told so for the right reason. Virtual time. */
import { describe, expect, test } from 'vitest'
import { type Habits, imposing, RawDevice } from './raw-device.ts'
import { outcomeOf, type Simulation, simulated, told } from './simulated.ts'

async function found(step: string, habits: Habits, simulation: Partial<Simulation> = {}): Promise<string> {
  const device: Simulation['device'] = (dial, clock) => void new RawDevice(dial, clock, habits)
  const run = await simulated({ device, only: [step], ...simulation })
  return told(outcomeOf(run, step))
}

const GOOD: Habits = { answerMs: 5000, connackMs: 20_000 }

describe('healthy interval', () => {
  test('a device that pings as declared passes', async () => {
    expect(await found('interval', GOOD)).toMatch(/^pass\npass: the device sent its next packet 10.00 s \(1K\)/)
  })

  test('one that never pings fails: the broker cuts it off', async () => {
    expect(await found('interval', { pingEveryMs: 0 })).toMatch(
      /^fail\nfail: the device sent nothing for 14.98 s \(1.5K\).*until the broker closed the connection; a packet was due within 1K$/,
    )
  })

  test('one that pings late fails', async () => {
    expect(await found('interval', { pingEveryMs: 12_000 })).toMatch(
      /^fail\nfail: the device sent nothing in 11.10 s \(1.11K\)/,
    )
  })

  test('one that pings far too often is warned, with the cost', async () => {
    expect(await found('interval', { pingEveryMs: 2000 })).toMatch(
      /^warning\n[\s\S]*pings every 2.00 s \(0.2K\): 43,200 times a day instead of 8,640/,
    )
  })

  test('one that what it receives keeps from pinging fails; one that subscribes and pings passes', async () => {
    const receives: Habits = { ...GOOD, subscribes: 'always' }
    expect(await found('interval', { ...receives, receivingPostpones: true })).toMatch(
      /^fail\nfail: the device sent nothing for 1[45].\d\d s .*meanwhile it received \d messages/,
    )
    expect(await found('interval', receives)).toMatch(/^pass\n[\s\S]*it received 7 messages meanwhile/)
  })

  test('whoever asks for no messages is sent none', async () => {
    const text = await found('interval', { ...GOOD, subscribes: 'always' }, { limits: { payload: undefined } })
    expect(text).toMatch(/^pass\n[\s\S]*note: it received no message: /)
  })

  test('every K/2, as esp-mqtt does, is not too often', async () => {
    expect(await found('interval', { pingEveryMs: 5000 })).toMatch(/^pass/)
  })

  test('keep-alive 0 is warned, and then nothing that needs one is tested', async () => {
    expect(await found('interval', { keepaliveS: 0, pingEveryMs: 0 })).toMatch(/^warning\nwarning: .*keep-alive 0/)
    expect(await found('pingresp', { keepaliveS: 0, pingEveryMs: 0 })).toMatch(/^not tested\n.*keep-alive 0/)
    expect(await found('half-open-idle', { keepaliveS: 0, pingEveryMs: 0 })).toMatch(/^not tested\n.*keep-alive 0/)
  })

  test('a Server Keep Alive that is ignored fails by name, one that is kept is noted', async () => {
    const broker = imposing(4)
    const ignores = await found('interval', { protocol: 5 }, { broker })
    expect(ignores).toMatch(
      /^fail\nfail: the device ignores the broker's Server Keep Alive 4 s instead of its own 10 s: /,
    )
    const keeps = await found('interval', { protocol: 5, pingEveryMs: 4000 }, { broker })
    expect(keeps).toMatch(/^pass\n[\s\S]*note: the broker imposed Server Keep Alive 4 s/)
  })

  test('a device that drops a healthy connection fails', async () => {
    const fickle: Habits = { pingEveryMs: 4000, answerMs: 1 }
    expect(await found('interval', fickle)).toMatch(
      /^fail\n[\s\S]*dropped a healthy connection after 4.\d+ s \(1 PINGREQ sent\)/,
    )
  })

  test('one that opens a second connection beside a healthy one is warned', async () => {
    expect(await found('interval', { ...GOOD, doublesMs: 22_000 })).toMatch(
      /^warning\n[\s\S]*opened another connection/,
    )
  })

  test('one that sleeps in between is said to, and not blamed', async () => {
    const sleepy: Habits = { ...GOOD, sleeps: { awakeMs: 25_000, asleepMs: 40_000 } }
    expect(await found('interval', sleepy)).toMatch(
      /^pass\n[\s\S]*disconnected by itself after 25.\d+ s: a device that sleeps/,
    )
  })
})

describe('PINGRESP withheld', () => {
  test('a device that closes in time passes, and its patience is told', async () => {
    expect(await found('pingresp', GOOD)).toMatch(
      /^pass\n.*14.9\d s \(1.5K\).*it waited 5.00 s \(0.5K\) for its PINGRESP/,
    )
  })

  test('one that never looks for it fails', async () => {
    expect(await found('pingresp', {})).toMatch(/^fail\nfail: the device never gave up .* in 31.50 s/)
  })

  test('one that looks too late fails, and passes with a wider bound', async () => {
    const patient: Habits = { answerMs: 13_000 }
    expect(await found('pingresp', patient)).toMatch(/^fail\nfail: the device closed 22.9\d s .*too late/)
    const wide = { giveUp: { ms: 0, k: 3 } }
    expect(await found('pingresp', patient, { limits: wide })).toMatch(/^pass/)
  })

  test('a DISCONNECT as it gives up is warned: it throws the will away', async () => {
    expect(await found('pingresp', { ...GOOD, politely: true })).toMatch(/^warning\n[\s\S]*DISCONNECT as it gave up/)
  })

  test('where other packets come from the broker, staying is only warned', async () => {
    const acknowledged: Habits = { pingEveryMs: 6000, publishEveryMs: 7000 }
    expect(await found('pingresp', acknowledged)).toMatch(
      /^warning\n.*never gave up[\s\S]*other packets from the broker came meanwhile/,
    )
  })

  test('a device that never comes back fails', async () => {
    expect(await found('pingresp', { ...GOOD, reconnectMs: () => undefined })).toMatch(
      /^fail\npass: [\s\S]*fail: it was not back 120.\d+ s after the path was healthy again/,
    )
  })

  test('a device that sends nothing at all fails: the broker dropped it', async () => {
    for (const step of ['pingresp', 'half-open-idle'])
      expect(await found(step, { pingEveryMs: 0 })).toMatch(
        /^fail\nfail: the device sent nothing for 14.9\d s .*until the broker closed the connection/,
      )
  })

  test.each(['pingresp', 'half-open-idle'])('what it does on the connection that came back counts: %s', async step => {
    expect(await found(step, { ...GOOD, stale: true })).toMatch(
      /^fail\n[\s\S]*fail: the device dropped a healthy connection after 10.0\d s \(0 PINGREQ sent\)/,
    )
    expect(await found(step, { ...GOOD, pingsOnce: true })).toMatch(
      /^fail\n[\s\S]*fail: after it had come back, the device sent nothing/,
    )
  })

  test('a device that opens another connection before it closes the old one has noticed', async () => {
    expect(await found('pingresp', { ...GOOD, replaces: true })).toMatch(
      /^pass\npass: the device opened another connection/,
    )
  })

  test('a device that goes to sleep meanwhile is not judged', async () => {
    expect(await found('pingresp', { ...GOOD, sleeps: { awakeMs: 12_000, asleepMs: 5000 } })).toMatch(
      /^not tested\n.*disconnected by itself/,
    )
  })
})

describe('half-open', () => {
  test('a device that never gives up fails', async () => {
    expect(await found('half-open-idle', {})).toMatch(/^fail\nfail: the device never gave up/)
  })

  test('one that publishes seldom is idle', async () => {
    expect(await found('half-open-publishing', { publishEveryMs: 12_000 })).toMatch(/^not tested\n.*that is idle/)
    expect(await found('half-open-idle', { ...GOOD, publishEveryMs: 12_000 })).toMatch(/^pass/)
  })

  test('one that publishes is tested while it does', async () => {
    expect(await found('half-open-publishing', { ...GOOD, publishEveryMs: 3000 })).toMatch(/^pass/)
    expect(await found('half-open-publishing', { publishEveryMs: 3000 })).toMatch(/^fail\n.*it kept writing/)
  })
})

describe('reconnect backoff', () => {
  const comesBack = (reconnectMs: NonNullable<Habits['reconnectMs']>, simulation?: Partial<Simulation>) =>
    found('backoff', { ...GOOD, reconnectMs }, simulation)

  test.each(['rst', 'fin', 'connack'] as const)('is seen whatever way it is turned away: %s', async refuse => {
    const text = await comesBack(failures => 1000 * 2 ** failures, { limits: { refuse } })
    expect(text).toMatch(/^warning\nwarning: exponential, factor 2.0, without jitter.*\(6 attempts\)/)
    expect(text).toMatch(/note: it was back/)
  })

  test('linear is warned, constant and immediate fail', async () => {
    expect(await comesBack(failures => 2000 * (failures + 1))).toMatch(
      /^warning\nwarning: linear, 2.00 s more each time/,
    )
    expect(await comesBack(() => 10_000)).toMatch(/^fail\nfail: constant delay of 10.0\d s/)
    expect(await comesBack(() => 5)).toMatch(/^fail\nfail: a new attempt every \d+ ms/)
  })

  test('a session that is accepted and then ended is not opened again at once', async () => {
    const patient: Habits = { ...GOOD, reconnectMs: failures => 1000 * 2 ** failures }
    expect(await found('backoff', { ...patient, storms: true })).toMatch(
      /^fail\n[\s\S]*fail: where its session is accepted and then ended, it waits 0.\d\d, .*hardly any delay/,
    )
    expect(await found('backoff', patient)).toMatch(/^warning\n[\s\S]*pass: where its session is accepted/)
  })

  test('a device that stops trying fails', async () => {
    expect(await comesBack(failures => (failures < 3 ? 1000 : undefined))).toMatch(
      /^fail\nfail: the device stopped trying after 3 attempts: nothing came for 29\d.\d+ s/,
    )
    expect(await comesBack(() => undefined)).toMatch(/^fail\nfail: the device stopped trying after 0 attempts/)
  })

  test('too few attempts in the time are no answer', async () => {
    expect(await comesBack(() => 40_000, { limits: { backoffMs: 100_000 } })).toMatch(
      /^inconclusive\ninconclusive: only 2 attempts in 100.00 s/,
    )
    // Nor is none at all.
    expect(await comesBack(() => 40_000, { limits: { backoffMs: 20_000 } })).toMatch(
      /^inconclusive\ninconclusive: only 0 attempts in 20.00 s/,
    )
  })
})

describe('CONNACK withheld', () => {
  test('a device that waits for ever fails', async () => {
    expect(await found('connack', { answerMs: 5000 })).toMatch(
      /^fail\nfail: it still waited for its CONNACK after 9\d.\d+ s/,
    )
  })

  test('one that gives up too late fails, one in time passes', async () => {
    expect(await found('connack', { connackMs: 70_000 })).toMatch(/^fail\nfail: it gave the attempt up \d+.\d+ s/)
    expect(await found('connack', GOOD)).toMatch(
      /^pass\npass: it gave the attempt up 19.9\d s[\s\S]*tried again 1.0\d s later/,
    )
  })

  test('one that does not try again fails', async () => {
    const once: Habits = { ...GOOD, reconnectMs: failures => (failures === 0 ? 1000 : undefined) }
    expect(await found('connack', once)).toMatch(/^fail\n[\s\S]*fail: it did not try again/)
  })

  test('one that does not even try fails', async () => {
    expect(await found('connack', { ...GOOD, reconnectMs: () => undefined })).toMatch(
      /^fail\nfail: .*did not send another CONNECT/,
    )
  })
})

describe('session resumed', () => {
  test('a session that is there is taken up', async () => {
    expect(await found('session', { ...GOOD, clean: false, subscribes: 'first' })).toMatch(
      /^pass\npass: the broker had kept the session/,
    )
  })

  test('a message under way that is not sent again fails', async () => {
    const forgets: Habits = { ...GOOD, clean: false, subscribes: 'first', publishEveryMs: 3000 }
    const device: Simulation['device'] = (dial, clock) => void new RawDevice(dial, clock, forgets)
    const run = await simulated({ device, only: ['interval', 'session'] })
    expect(told(outcomeOf(run, 'session'))).toMatch(/^fail\n[\s\S]*did not come again with the same id/)
  })

  test('a session that the broker lost needs its subscriptions again', async () => {
    const broker = imposing(10)
    const forgets: Habits = { ...GOOD, protocol: 5, clean: false, subscribes: 'first' }
    expect(await found('session', forgets, { broker })).toMatch(/^fail\nfail: .*did not subscribe again/)
    expect(await found('session', { ...forgets, subscribes: 'always' }, { broker })).toMatch(
      /^pass\npass: .*subscribed again/,
    )
  })
})

describe('taken over by a twin', () => {
  test('a device that waits before it comes back passes', async () => {
    expect(await found('take-over', GOOD)).toMatch(
      /^pass\npass: taken over by another connection with its id, it waits 1\.0\d, /,
    )
  })

  test('one that comes back at once fails: two of them throw each other out without end', async () => {
    expect(await found('take-over', { ...GOOD, storms: true })).toMatch(
      /^fail\nfail: .*it waits 0\.0\d, 0\.0\d, 0\.0\d s.*hardly any delay/,
    )
  })

  test('one that never comes back fails with 3.1.1, which does not tell it why', async () => {
    expect(await found('take-over', { ...GOOD, reconnectMs: () => undefined })).toMatch(/^fail\n[\s\S]*was not back/)
  })

  test('one that stays away after 0x8E of MQTT 5.0 passes', async () => {
    const away: Habits = { ...GOOD, protocol: 5, reconnectMs: () => undefined }
    expect(await found('take-over', away, { broker: imposing() })).toMatch(/^pass\n.*stayed away after 1 time/)
  })
})
