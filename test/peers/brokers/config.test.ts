import { describe, expect, it } from 'vitest'
import { options } from '../../../src/peers/brokers/mosquitto/options.ts'
import { confLines } from '../../../src/peers/brokers/mosquitto/own-conf.ts'
import { configText } from '../../../src/peers/brokers/mosquitto.ts'

const address = { host: '127.0.0.1', port: 21883 }

describe('the configuration of mosquitto', () => {
  it('listens on 127.0.0.1 only, and last', () => {
    expect(configText({}, address, false).trimEnd().split('\n').at(-1)).toBe('listener 21883 127.0.0.1')
  })

  it('takes what it is given, in place of its own', () => {
    const text = configText({ max_keepalive: 60, allow_anonymous: false }, address, false)
    expect(text).toContain('max_keepalive 60\n')
    expect(text).toContain('allow_anonymous false\n')
    expect(text).not.toContain('allow_anonymous true')
  })

  it('stays root where root starts it, and names no user otherwise', () => {
    expect(configText({}, address, true)).toContain('user root\n')
    expect(configText({}, address, false)).not.toContain('user ')
  })

  it('does not tell mosquitto which version it has to be, nor what image it would come from', () => {
    expect(configText({ version: '2.0.11', image: 'some/image' }, address, false)).toBe(configText({}, address, false))
  })

  it('takes a version as text of three numbers only: as a number 2.10 would be 2.1', () => {
    expect(options.safeParse({ version: '2.0.11' }).success).toBe(true)
    const messages = [2.1, '2.1'].map(version => options.safeParse({ version }).error?.issues[0]?.message)
    expect(messages).toEqual([
      "a version is text, like '2.0.11': as a number it would lose its end",
      'a version is like 2.0.11',
    ])
  })

  it.each([
    ['keepalive_timeout', 'max_keepalive'],
    ['keepalive_interval', 'max_keepalive'],
    ['listener', 'where mosquitto listens'],
    ['log_type', 'evidence'],
    ['certfile', 'external'],
    ['bind_interface', 'link in front'],
  ])('refuses %s with a hint at %s', (key, hint) => {
    const { error } = options.safeParse({ [key]: 1 })
    expect(error?.issues[0]?.message).toContain(hint)
  })

  it("has what is the listener's own, and bridges, behind the listener: else mosquitto opens another one at 1883", () => {
    const given = { connection: 'b', address: '127.0.0.1:1', max_connections: 5, max_keepalive: 60 }
    const lines = configText(given, address, false).trimEnd().split('\n')
    expect(lines.slice(lines.indexOf('listener 21883 127.0.0.1') + 1)).toEqual([
      'max_connections 5',
      'connection b',
      'address 127.0.0.1:1',
    ])
    expect(lines.indexOf('max_keepalive 60')).toBeLessThan(lines.indexOf('listener 21883 127.0.0.1'))
  })

  it.each([
    [{ max_keepalive: 65_536 }],
    [{ max_keepalive: -1 }],
    [{ max_keepalive: 'long' }],
    [{ max_qos: 3 }],
    [{ allow_anonymous: 'yes' }],
    [{ persistent_client_expiration: '2 weeks' }],
    [{ start_type: 'manual' }],
  ])('refuses the value in %o', given => expect(options.safeParse(given).success).toBe(false))

  it('refuses a value that would begin a line of its own', () => {
    expect(options.safeParse({ message_size_limit: '0\nlistener 1' }).success).toBe(false)
  })

  it('takes a mosquitto.conf of the user: all but where it listens, its log and its certificates; the options beside it win', () => {
    const own = confLines(
      '# mine\nlistener 1883 0.0.0.0\nmax_keepalive 30\r\nlog_dest syslog\n\ncafile /ca.pem\nallow_anonymous false\nmax_queued_messages 5\nmax_connections 9\n',
    )
    const lines = configText({ conf: 'x', binary: 'y', max_queued_messages: 7 }, address, false, undefined, own)
      .trimEnd()
      .split('\n')
    expect(lines).toEqual([
      'log_type error',
      'log_type warning',
      'log_type notice',
      'log_type information',
      'max_keepalive 30',
      'allow_anonymous false',
      'persistence false',
      'log_dest stderr',
      'log_timestamp false',
      'max_queued_messages 7',
      'listener 21883 127.0.0.1',
      'max_connections 9',
    ])
  })
})
