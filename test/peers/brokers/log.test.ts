import { describe, expect, it } from 'vitest'
import { dateIn, parseLog } from '../../../src/peers/brokers/mosquitto/log.ts'

const brief = (line: string) => parseLog(line).map(({ clientId, what }) => `${clientId}: ${what}`)

describe('the log of mosquitto', () => {
  // Lines of 2.0.11 as Debian's build prints them.
  it.each([
    ['New client connected from 127.0.0.1:57630 as ho-a-1 (p2, c1, k2).', ['ho-a-1: client-connected']],
    ["New client connected from 127.0.0.1:57630 as ho-a-1 (p5, c1, k60, u'me').", ['ho-a-1: client-connected']],
    ['Client ho-a-1 has exceeded timeout, disconnecting.', ['ho-a-1: keepalive-timeout', 'ho-a-1: client-closed']],
    ['Client ho-a-1 closed its connection.', ['ho-a-1: client-closed']],
    ['Client ho-a-1 disconnected.', ['ho-a-1: client-closed']],
    ['Client ho-a-1 disconnected due to protocol error.', ['ho-a-1: error', 'ho-a-1: client-closed']],
    ['Client ho-a-1 disconnected: Connection reset by peer.', ['ho-a-1: error', 'ho-a-1: client-closed']],
    ['Client ho-a-1 already connected, closing old connection.', ['ho-a-1: client-closed']],
    ['Bad socket read/write on client ho-a-1: Invalid arguments.', ['ho-a-1: error', 'ho-a-1: client-closed']],
  ])('2.0 says: %s', (line, said) => expect(brief(line)).toEqual(said))

  it.each([
    [
      'Client ho-a-1 [127.0.0.1:57630] disconnected: exceeded timeout.',
      ['ho-a-1: keepalive-timeout', 'ho-a-1: client-closed'],
    ],
    ['Client ho-a-1 [127.0.0.1:57630] disconnected: connection closed by client.', ['ho-a-1: client-closed']],
    ['Client probe [::1:46264] disconnected.', ['probe: client-closed']],
    ['Client ho-a-1 [127.0.0.1:1] disconnected: protocol error.', ['ho-a-1: error', 'ho-a-1: client-closed']],
  ])('2.1 says: %s', (line, said) => expect(brief(line)).toEqual(said))

  it('reads lines with either kind of date in front', () => {
    const line = 'Client ho-a-1 closed its connection.'
    expect(brief(`1795340806: ${line}`)).toEqual(brief(line))
    expect(brief(`2026-09-29T08:58:29+0000: ${line}`)).toEqual(brief(line))
  })

  it('takes client ids with spaces for what they are', () => {
    expect(brief('Client the pump has exceeded timeout, disconnecting.')[0]).toBe('the pump: keepalive-timeout')
  })

  it.each(['', 'mosquitto version 2.0.11 running', 'Sending CONNACK to ho-a-1 (0, 0)', 'No will message specified.'])(
    'passes over: %s',
    line => expect(parseLog(line)).toEqual([]),
  )
})

it('a line is dated by the clock of its broker, in whole seconds', () => {
  expect(dateIn('1795340806: mosquitto version 2.0.11 starting')).toBe(1_795_340_806)
  expect(dateIn('2026-09-29T08:58:29+0000: Received PINGREQ from d')).toBeUndefined()
  expect(dateIn('Received PINGREQ from 1795340806: d')).toBeUndefined()
})
