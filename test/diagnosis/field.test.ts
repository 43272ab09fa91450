/**
 * Logs as people post them, made by a generator whose truth is known (two are real): each has to be diagnosed rightly, and
 * the controls have to stay as they are. What is said is tested, not only the name of the cause.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { boundsOf, diagnosed, FIELD, fieldLog, firstOf, rankingOf, ruledOutOf } from './diagnosed.ts'

const read = (name: string, options = {}) => diagnosed(fieldLog(`logs/${name}.log`), options)

describe('logs from the field', () => {
  test('L01: ended 9 to 10 s after the last packet at K = 20: the broker is at fault, and no box', () => {
    const found = read('L01-early-cut-iso')
    expect(firstOf(found)).toEqual(['broker-too-early'])
    expect(found.text).toContain('9 to 10 s after its last packet (5 times), long before 1.5K = 30 s')
    expect(found.text).toContain('silences of 16 s were survived')
    expect(rankingOf(found)).not.toContain('idle-timeout')
  })

  test('L02: four devices in deep sleep', () => {
    const found = read('L02-deep-sleep')
    expect(firstOf(found)).toEqual(['own-schedule'])
    expect(found.diagnosis.subjects).toMatchObject([
      { ids: [{}, {}, {}, {}].map(() => expect.stringMatching(/^garden/)) },
    ])
    expect(found.text).toContain('every 300 s')
    expect(found.text).toContain("the end came 26 to 31 s later, which is 1.5K = 22.5 s and the broker's scan")
    expect(found.text).not.toContain('after its last packet')
    expect(found.text).not.toMatch(/T is/)
  })

  test('L03: a plug vanishes; silences of K are survived', () => {
    const found = read('L03-syslog-14')
    expect(firstOf(found)).toEqual(['client-vanished'])
    expect(ruledOutOf(found)).toEqual(['idle-timeout'])
    expect(found.text).toContain('22 to 23 s after its last packet')
    expect(found.text).toContain('silences of 15 s were survived')
    expect(found.text).not.toMatch(/T is/)
  })

  test('L04: cut after 60 s by FIN, as a WebSocket proxy does', () => {
    const found = read('L04-compose-21-wss')
    expect(firstOf(found)).toEqual(['idle-timeout'])
    expect(found.text).toContain('cut after 60 s by FIN')
    expect(found.text).toContain('Like aws-alb (60 s), nginx-wss (60 s)')
  })

  test('L05: sessions of minutes at K = 15, and sockets without CONNECT', () => {
    const found = read('L05-unknown-timeouts')
    expect(firstOf(found)).toEqual(['client-vanished'])
    expect(ruledOutOf(found)).toEqual(['idle-timeout'])
    expect(found.text).toContain('sessions of 115 to 247 s with K = 15 s mean that its pings came through for minutes')
    expect(found.text).toContain('12 sockets from 192.168.44.7 never sent a CONNECT')
    expect(found.text).not.toContain('after its last packet')
  })

  test('L06: eight clients in one second, four times, too early', () => {
    const found = read('L06-all-at-once')
    expect(found.diagnosis.overall.map(({ cause }) => cause)).toEqual(['all-at-once'])
    expect(firstOf(found)).toEqual(['all-at-once'])
    expect(found.text).toContain('8 clients ended in the same second, 4 times')
    expect(found.text).toContain('36 to 43 s after their last packets, where 1.5K = 90 s: too early')
    expect(found.text).toContain('clock was set')
    expect(rankingOf(found)).not.toContain('idle-timeout')
  })

  test('L07: a client that does not ping while it receives', () => {
    const found = read('L07-receive-only')
    expect(firstOf(found)).toEqual(['client-does-not-ping'])
    expect(found.text).toContain('never silent for more than 3 s')
    expect(found.text).toContain('no PINGREQ in any of 6 sessions')
    expect(ruledOutOf(found)).toEqual(['idle-timeout'])
  })

  test('L08: two devices with one id', () => {
    const found = read('L08-same-id')
    expect(firstOf(found)).toEqual(['same-client-id'])
    expect(found.text).toContain('from 2 addresses in turn (192.168.3.21, 192.168.3.22)')
    expect(found.text).not.toMatch(/T is/)
  })

  test('L10: three clients that are never heard after CONNECT', () => {
    const found = read('L10-time-of-day')
    expect(firstOf(found)).toEqual(['client-does-not-ping'])
    expect(found.text).toContain('48 s after CONNECT (K = 30 s, 1.5K + 3 s)')
    expect(found.text).toContain('3 clients ended in the same second')
    expect(found.diagnosis.overall).toEqual([])
  })

  test('L11: a bridge is a client', () => {
    const found = read('L11-bridge')
    expect(found.diagnosis.observed).toMatchObject({ sessions: 6, clients: [{ id: 'edge-br', connects: 6 }] })
    expect(found.text).toContain('Client edge-br (172.17.0.6): 6 sessions')
    expect(firstOf(found)).toContain('client-vanished')
  })

  test('L13: 60 s from CONNECT whatever the traffic', () => {
    const found = read('L13-constant-life-with-traffic')
    expect(firstOf(found)).toEqual(['maximum-age'])
    expect(found.text).toContain('60 s after CONNECT whatever the traffic, or the client restarts')
    expect(ruledOutOf(found)).toEqual(['idle-timeout'])
  })

  test('L20: every end when the ping goes out', () => {
    const found = read('L20-rst-at-ping-default-log')
    expect(firstOf(found)).toEqual(['idle-timeout'])
    expect(boundsOf(found)).toMatchObject({ aboveMs: 0, atMostMs: 600_000, behaviour: 'answers-rst' })
    expect(found.text).toContain('exactly K = 600 s after CONNECT, when the ping goes out')
    expect(found.text).not.toContain('gcp-vpc')
  })

  test('L22: the way down is dead until the client speaks', () => {
    const found = read('L22-downlink-dead-acks-late')
    expect(firstOf(found)).toEqual(['downlink-dead'])
    expect(found.text).toContain('24 of 32 messages of QoS 1 or 2 were acknowledged late')
    expect(found.text).toContain('scope: inbound-only, recreate: outbound')
    expect(boundsOf(found)).toMatchObject({ aboveMs: 60_000, atMostMs: 239_000 })
  })

  test('L23: two faults in one log are two findings', () => {
    const found = read('L23-two-faults')
    expect(firstOf(found, 'lamp-a')).toEqual(['client-vanished'])
    expect(rankingOf(found, 'pump-b')[0]).toBe('idle-timeout')
    expect(boundsOf(found, 'pump-b')).toMatchObject({ aboveMs: 100_000, atMostMs: 300_000 })
  })

  test('L24: a cron job, or both ends are told at expiry', () => {
    const found = read('L24-cron-script')
    expect(rankingOf(found)).toEqual(['own-schedule', 'idle-timeout'])
    expect(found.text).toContain('every 300 s')
    expect(found.text).toContain('cut after 30 s')
  })

  test('L26: 310 s though it pings every 60 s', () => {
    const found = read('L26-ws-ping-310s')
    expect(firstOf(found)).toEqual(['maximum-age'])
    expect(found.text).toContain('310 s')
    expect(ruledOutOf(found)).toEqual(['idle-timeout'])
  })

  test("L28: the broker's host stood still", () => {
    const found = read('L28-home-assistant')
    expect(found.diagnosis.overall[0]?.title).toContain('the broker or its host stood still')
    expect(found.text).toContain('3 clients ended in the same second')
    expect(found.text).toContain('6 sockets got no CONNECT through')
    expect(found.text).toContain('the probes from 172.30.32.2, which else come every 120 s, stopped')
    expect(found.text).not.toMatch(/T is/)
  })

  test('R1: real, suspended four times', () => {
    const found = read('R1-suspended-no-box')
    expect(firstOf(found)).toEqual(['client-vanished'])
    expect(ruledOutOf(found)).toEqual(['idle-timeout'])
    expect(found.text).not.toMatch(/keep-alive of \d+ s is safe/)
  })

  test('R2: real, does not ping while it receives', () => {
    const found = read('R2-receive-only-real', { clientId: 'rx', atLeast: 2 })
    expect(firstOf(found)).toEqual(['client-does-not-ping'])
    expect(found.text).toContain('takes what it receives for life')
  })
})

describe('controls', () => {
  test('L09: bare TCP probes are no trouble', () => {
    const found = read('L09-health-checks')
    expect(found.diagnosis).toMatchObject({ overall: [], subjects: [], rare: [] })
    expect(found.text).toContain('No pattern')
    expect(found.text).toContain('40 bare TCP probes from 172.30.32.2 every 120 s')
    expect(found.text).not.toContain('to do')
  })

  test.each(['L12-carrier-control', 'L21-crlf', 'L29-id-with-blanks'])('%s: above 60 s and at most 300 s', name => {
    const found = read(name)
    expect(firstOf(found)).toEqual(['idle-timeout'])
    expect(found.text).toContain('T is above 60 s and at most 300 s')
  })

  test('L25: above 49 s and at most 60 s, by FIN', () => {
    const found = read('L25-proxy-control')
    expect(firstOf(found)).toEqual(['idle-timeout'])
    expect(boundsOf(found)).toMatchObject({ aboveMs: 49_000, atMostMs: 60_000, behaviour: 'closes' })
    expect(found.text).toContain('FIN')
  })

  test('L27: the client learned first, from an RST to the sender', () => {
    const found = read('L27-nlb-taken-over')
    expect(firstOf(found)).toEqual(['idle-timeout'])
    expect(boundsOf(found)).toMatchObject({ atMostMs: 600_000, behaviour: 'answers-rst' })
    expect(found.text).toContain('RST to the sender')
    expect(found.text).toContain('aws-nlb (350 s)')
  })
})

describe('the same log in other forms', () => {
  const forms = ['stamps', 'words'].flatMap(folder =>
    readdirSync(`${FIELD}/${folder}`).map(file => `${folder}/${file}`),
  )

  test.each(forms)('%s says the same as L12', file => {
    const found = diagnosed(fieldLog(file))
    expect(found.report).toMatchObject({ understood: found.report.lines, undated: 0 })
    expect(firstOf(found)).toEqual(['idle-timeout'])
    expect(boundsOf(found)).toMatchObject({ aboveMs: 60_000, atMostMs: 300_000, behaviour: 'silent' })
  })
})
