/**
 * The other side: known faults, played against a real Mosquitto 2.0.11 on loopback with raw clients (and a relay that forgets,
 * where a box is meant), and the log that it wrote. Recorded on a busy machine in 2026-11, 150 s each.
 */
import { describe, expect, test } from 'vitest'
import { boundsOf, diagnosed, fieldLog, firstOf, rankingOf } from './diagnosed.ts'

const real = (name: string) => diagnosed(fieldLog(`real/${name}.log`))

describe('a real broker under a known fault', () => {
  test('a client that is stopped for 8 to 14 s at random, K = 3', () => {
    expect(firstOf(real('vanish'))).toEqual(['client-vanished'])
  })

  test('a client that receives every second and does not ping, K = 3', () => {
    expect(firstOf(real('receive'))).toEqual(['client-does-not-ping'])
  })

  test('a client that says nothing after CONNECT, K = 5', () => {
    expect(rankingOf(real('never'))[0]).toBe('client-does-not-ping')
  })

  test('two clients with one id, from 127.0.0.5 and 127.0.0.6', () => {
    const found = real('twins')
    expect(firstOf(found)).toEqual(['same-client-id'])
    expect(found.text).toContain('(127.0.0.5, 127.0.0.6)')
  })

  test('a relay that drops all after 4 s of silence, K = 10', () => {
    const found = real('silent-box')
    expect(rankingOf(found)[0]).toBe('idle-timeout')
    expect(boundsOf(found)).toMatchObject({ behaviour: 'silent' })
    const { aboveMs, atMostMs } = boundsOf(found) ?? { aboveMs: 0, atMostMs: 0 }
    expect(aboveMs).toBeLessThanOrEqual(4000)
    expect(atMostMs).toBeGreaterThanOrEqual(4000)
  })

  test('a relay that closes both ends after 5 s of silence, K = 15', () => {
    const found = real('fin-box')
    expect(firstOf(found)).toEqual(['idle-timeout'])
    // The log has whole seconds, and the relay looks every 0.2 s.
    expect(boundsOf(found)).toMatchObject({ aboveMs: 4000, atMostMs: 5000, behaviour: 'closes' })
  })

  test('a broker that is stopped for 22 s, again and again', () => {
    const found = real('frozen')
    expect(found.diagnosis.overall[0]?.title).toContain('the broker or its host stood still')
    expect(firstOf(found)).toEqual(['all-at-once'])
  })

  test('a client that pings every 4 s and is ended at an age of 13 s', () => {
    expect(firstOf(real('age'))).toEqual(['maximum-age'])
  })
})

/**
 * Recorded in 2026-11: halfopen's own faults played against programs that `halfopen peers` makes, K = 3, with the logs that their
 * distributions write (HiveMQ's event.log; Moquette's with its MQTTMessageLogger on). They tell no keep-alive, and HiveMQ no packets.
 */
describe.each(['hivemq', 'moquette'])('the log of %s', broker => {
  test.each([
    ['silent', 'idle-timeout'],
    ['fin', 'idle-timeout'],
    ['age', 'maximum-age'],
    ['vanish', 'client-vanished'],
  ])('under %s is diagnosed back to %s', (fault, cause) => {
    const found = real(`${broker}-${fault}`)
    expect(found.report.programs.map(({ name }) => name)).toEqual([broker])
    expect(firstOf(found, 'ho-feed-1'), found.text).toContain(cause)
    expect(found.text).not.toMatch(/mosquitto|log_type/i)
  })
})

/** Recorded in 2026-11 of programs that `halfopen peers` makes; where our build writes no dates, they stand as the program itself writes them. */
describe('other real brokers under a known fault', () => {
  test('rumqttd: a client that falls silent for 9 to 14 s at random, K = 3', () => {
    const found = real('rumqttd-vanish')
    expect(found.report.programs.map(({ name }) => name)).toEqual(['rumqttd'])
    expect(firstOf(found)).toContain('client-vanished')
  })

  test('rumqttd: two clients with one id, from 127.0.0.5 and 127.0.0.6', () => {
    const found = real('rumqttd-twins')
    expect(firstOf(found)).toEqual(['same-client-id'])
    expect(found.text).toContain('(127.0.0.6, 127.0.0.5)')
  })

  test('rumqttd: a client that pings every 4 s and is reset at an age of 13 s', () => {
    expect(firstOf(real('rumqttd-age'))).toContain('maximum-age')
  })

  test('rumqttd: a program that comes every 25 s and goes after 3 s without DISCONNECT', () => {
    expect(firstOf(real('rumqttd-cron'))).toContain('own-schedule')
  })

  test('NATS: two clients with one id', () => {
    expect(firstOf(real('nats-twins'))).toEqual(['same-client-id'])
  })

  test('NATS calls a time-out and a reset both `Read Error`: no cause is named, and why is said', () => {
    const { diagnosis, text } = real('nats-vanish')
    expect(diagnosis.subjects.flatMap(({ ranking }) => ranking)).toEqual([])
    expect(text).toMatch(/No pattern: of \d+ ends the log does not tell whether/)
  })
})
