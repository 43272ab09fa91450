import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandSecrets, redactor, redactScenario, redactSource, redactText } from '../../src/evidence/redact.ts'
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
  curl: 'curl -u ann:s3cret -H "Authorization: Bearer s3cret" --key s3cret -Dmqtt.password=s3cret http://b',
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
      curl: 'curl -u *** -H "Authorization: ***" --key *** -Dmqtt.password=*** http://b',
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
    // In block style commas and brackets are parts of a value, and deeper lines too.
    ['password: s3c,ret]}\nuntil: 2s', 'password: *********\nuntil: 2s'],
    ['password: |\n  s3cret\n\n  s3cret\nuntil: 2s', 'password: *\n  ******\n\n  ******\nuntil: 2s'],
    ['- password:\n    s3cret\n  until: 2s', '- password:\n    ******\n  until: 2s'],
    ['{ a: 1, password: "s3cret', '{ a: 1, password: *******'],
    ['properties: { authenticationData: s3cret, a: 1 }', 'properties: { authenticationData: ******, a: 1 }'],
    ['headers: { Authorization: Bearer s3cret, a: 1 }', 'headers: { Authorization: *************, a: 1 }'],
    ['command: curl -u ann:s3cret http://b', 'command: curl -u ********** http://b'],
    ['command: python3 -u dev.py --key s3cret', 'command: python3 -u dev.py --key ******'],
    // A carriage return by itself ends a line, YAML 1.2 §5.4.
    ['x:\n  \rpassword:\n  s3cret', 'x:\n  \rpassword:\n  ******'],
    ['password:\n  \r  s3cret\na: 1', 'password:\n  \r  ******\na: 1'],
  ])('%s', (text, shown) => expect(redactSource(text)).toBe(shown))

  test('keys in PEM form, line by line, also where their end is missing', () => {
    const text =
      'key: |\n  -----BEGIN PRIVATE KEY-----\n  AAAA\n  -----END PRIVATE KEY-----\nuntil: 2s\nca: |\n  -----BEGIN X'
    expect(redactSource(text)).toBe(
      'key: *\n  ***************************\n  ****\n  *************************\nuntil: 2s\nca: |\n  ************',
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

test('so is the password of `-u user:password`, which the program may print alone', () =>
  expect(commandSecrets('curl -u ann:s3cret -u mqtt://b')).toEqual(['ann:s3cret', 's3cret']))

describe('what looks like a secret in a text', () => {
  test.each([
    ['Authorization: Bearer s3cret-token', 'Authorization: ***'],
    ['{"authorization":"Basic s3cret"}', '{"authorization":"***"}'],
    ['got Bearer s3cret-token, sorry', 'got Bearer ***, sorry'],
    ['Cookie: sid=s3cret; b=s3cret', 'Cookie: ***'],
    ['--password "s3cret', '--password ***'],
    ['MQTT_PASSWORD=s3cret', 'MQTT_PASSWORD=***'],
    ['--password --verbose', '--password --verbose'],
    ['python3 -u device.py', 'python3 -u device.py'],
    ['basic connectivity works', 'basic connectivity works'],
    ['a?b?token=s3cret', 'a?b?token=***'],
  ])('%s', (text, shown) => expect(redactText(text)).toBe(shown))
})

const seed = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
console.log(`secrets in what programs print: HALFOPEN_FUZZ_SEED=${seed}`)

describe('a known secret', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 }).filter(text => text.trim().length >= 6)
  const around = fc.string({ maxLength: 40 })
  const numRuns = process.env.HALFOPEN_SLOW === '1' ? 20_000 : 1000

  /** What of it stays readable, in any of its spellings. */
  const spelled = (text: string, before: string): readonly string[] => {
    const bytes = Buffer.from(before + text)
    return [
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(Buffer.from(text).toString()),
      Buffer.from(text).toString('hex'),
      bytes.toString('base64'),
      bytes.toString('base64url'),
    ]
  }

  test('comes out nowhere, however it is spelled and whatever stands around it', () => {
    const holds = (known: string, before: string, behind: string) => {
      const redact = redactor([known])
      for (const spelling of spelled(known, before)) {
        const shown = redact(`${before}${spelling}${behind}`)
        expect(shown).not.toContain(known)
        // Of base64 at most what its neighbours share with it: a character at each side.
        const longest = Math.max(0, ...commonRuns(spelling, shown.replace(before, '').replace(behind, '')))
        if (spelling.length > 12) expect(longest, `${spelling} in ${shown}`).toBeLessThan(spelling.length - 4)
      }
    }
    fc.assert(fc.property(secret, around, around, holds), { seed, numRuns })
  })

  test('goes too where a cut divided it', () => {
    const holds = (known: string, at: number) => {
      const text = 'x'.repeat(65_536 - (at % known.length)) + known
      const shown = redactor([known])(text)
      const kept = known.slice(0, at % known.length)
      expect(shown.length).toBeLessThan(65_536 + 10)
      // What stands in its place may be how a secret begins: `***`.
      const clear = shown.replace(/\*\*\*$/, '')
      if (kept.length > 0 && kept !== 'x'.repeat(kept.length)) expect(clear.endsWith(kept)).toBe(false)
    }
    fc.assert(fc.property(secret, fc.nat(100), holds), { seed, numRuns: 100 })
  })
})

/** Lengths of the pieces that two texts have in common, from each place of the first. */
function* commonRuns(one: string, other: string): Iterable<number> {
  for (let from = 0; from < one.length; from++) {
    let length = 0
    while (from + length < one.length && other.includes(one.slice(from, from + length + 1))) length++
    yield length
  }
}
