import { describe, expect, test } from 'vitest'
import { commandSecrets, redactScenario, redactText } from '../../src/evidence/redact.ts'
import { redactSource } from '../../src/evidence/redact-source.ts'
import { scenario } from './builder.ts'

/** A secret is `s3cret`, in text or in raw bytes as JSON writes them. */
const RAW = JSON.stringify([...Buffer.from('s3cret')]).slice(1, -1)
const options = {
  url: 'mqtts://ann:s3cret@broker.example:8883/path?token=s3cret&x=1',
  username: 's3cret',
  password: 's3cret',
  key: 's3cret',
  cert: ['s3cret'],
  ca: Buffer.from('s3cret'),
  pfx: [{ buf: 's3cret', passphrase: 's3cret' }],
  will: { topic: 'gone', payload: 's3cret', properties: { willDelayInterval: 5 } },
  properties: { authenticationData: Buffer.from('s3cret'), sessionExpiryInterval: 60 },
  wsOptions: { headers: { Authorization: 's3cret', 'X-Api-Key': 's3cret' } },
  env: { MY_TOKEN: 's3cret', DB_PASSWORD: 's3cret', HOME: '/home/ann' },
  command: 'device --url https://ann:s3cret@api.example/?X-Amz-Signature=s3cret&n=1',
  program: 'TOKEN=s3cret mosquitto_sub -p 1883 -P s3cret --password=s3cret -t x',
  firstFrame: Buffer.from('s3cret'),
  reconnectPeriod: 0,
}

describe('redactScenario', () => {
  const before = scenario({ clientOptions: options })
  const step = {
    at: { ms: 1, k: 0 },
    fault: { name: 'x', options: { url: 'http://a:s3cret@b' } },
    position: before.position,
  }
  const redacted = redactScenario({
    ...before,
    broker: { name: 'external', options },
    link: { ...before.link, options },
    timeline: [step],
  })

  test('leaves no secret anywhere', () => {
    expect(JSON.stringify(redacted)).not.toContain('s3cret')
    expect(JSON.stringify(redacted)).not.toContain(RAW)
  })

  test('keeps what a verdict or a reader needs', () => {
    expect(redacted.client.options).toMatchObject({
      url: 'mqtts://***@broker.example:8883/path?token=***&x=1',
      username: '***',
      will: { topic: 'gone', payload: '***', properties: { willDelayInterval: 5 } },
      properties: { sessionExpiryInterval: 60 },
      env: { MY_TOKEN: '***', HOME: '/home/ann' },
      command: 'device --url https://***@api.example/?X-Amz-Signature=***&n=1',
      program: 'TOKEN=*** mosquitto_sub -p 1883 -P *** --password=*** -t x',
      reconnectPeriod: 0,
    })
    expect(redacted.timeline[0]?.fault.options).toEqual({ url: 'http://***@b' })
  })

  test('does not touch the scenario itself', () => expect(before.client.options).toBe(options))
})

test('a text without secrets stays as it is', () => {
  const text = 'mqtt://broker.example/a?x=1 mail ann@example.org'
  expect(redactText(text)).toBe(text)
})

describe('redactSource', () => {
  test.each([
    [
      'broker: { url: "mqtt://ann:s3cret@b", username: ann, is: x }',
      'broker: { url: "mqtt://**********@b", username: ***, is: x }',
    ],
    [
      "client: { name: mqttjs, password: 's3cret', keepalive: 2s }",
      'client: { name: mqttjs, password: ********, keepalive: 2s }',
    ],
    ['  pasword: s3cret', '  pasword: ******'],
    ['  password_env: s3cret', '  password_env: ******'],
    ['command: dev -h {host} -P s3cret -k 2', 'command: dev -h {host} -P ****** -k 2'],
    ['  password: { a: s3cret }', '  password: *************'],
    ['name: a claim', 'name: a claim'],
  ])('%s', (text, shown) => expect(redactSource(text)).toBe(shown))

  test('keys in PEM form, line by line, also where their end is missing', () => {
    const text =
      'key: |\n  -----BEGIN PRIVATE KEY-----\n  AAAA\n  -----END PRIVATE KEY-----\nuntil: 2s\nca: |\n  -----BEGIN X'
    expect(redactSource(text)).toBe(
      'key: |\n  ***************************\n******\n***************************\nuntil: 2s\nca: |\n  ************',
    )
  })

  test('what stands behind a secret stays where it was', () => {
    const text = 'a: { password: "s3cret", b: 1 }'
    expect(redactSource(text).indexOf('b: 1')).toBe(text.indexOf('b: 1'))
    expect(redactSource(text)).not.toContain('s3cret')
  })
})

test('the secrets of a command are known, so that a program may print what it was given', () =>
  expect(commandSecrets("A_TOKEN=s3cret sub -p 1883 -P 's3cret too' --password=third")).toEqual([
    's3cret',
    's3cret too',
    'third',
  ]))
