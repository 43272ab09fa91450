import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placeOf } from '../../../../src/peers/brokers/external/external-place.ts'
import { external } from '../../../../src/peers/brokers/external.ts'
import { vocabulary } from '../../../../src/plugins.ts'
import { formatProblems } from '../../../../src/scenario/format.ts'
import { loadScenarioText } from '../../../../src/scenario/load.ts'
import { identityOf } from '../../../../src/scenario/peer-identity.ts'

const scenario = (broker: string): string => `name: a test
broker: ${broker}
client: { name: mqttjs, keepalive: 2s }
expect: [stays-connected]
until: 4s
`

/** What the loader says against it, as a terminal shows it. */
function complaints(broker: string): string {
  const text = scenario(broker)
  const { problems } = loadScenarioText(text, 'x.yaml', vocabulary)
  return formatProblems(problems, new Map([['x.yaml', text]]), { color: false })
}

describe('the options of an external broker', () => {
  it('take a URL alone', () => {
    const { problems, scenarios } = loadScenarioText(
      scenario('{ name: external, url: "mqtt://broker" }'),
      'x',
      vocabulary,
    )
    expect(problems).toEqual([])
    expect(scenarios[0]?.broker).toMatchObject({ name: 'external', options: { url: 'mqtt://broker' } })
  })

  it.each([
    ['external', '"url" is missing: where the broker is'],
    ['{ name: external, url: "htp://broker" }', 'not the URL of a broker: it must be like mqtt://host'],
    ['{ name: external, url: "mqtt://broker/x" }', 'only ws:// and wss:// have a path'],
    ['{ name: external, url: "mqtt://b", url_env: URL }', '"url" and "url_env" say the same'],
    [
      '{ name: external, url: "mqtt://b", ca: ca.crt }',
      '"ca" belongs to TLS, and mqtt:// has none; did you mean mqtts://?',
    ],
    ['{ name: external, url: "ws://b", servername: x }', 'did you mean wss://?'],
    ['{ name: external, url: "mqtts://b", cert: me.crt }', '"cert" needs its "key"'],
    ['{ name: external, url: "mqtts://b", key: me.key }', '"key" needs its "cert"'],
    ['{ name: external, url: "mqtts://b", passphrase_env: P }', '"passphrase_env" needs a "key"'],
    ['{ name: external, url: "wss://b", alpn: mqtt }', '"alpn" is for mqtts://'],
    ['{ name: external, url: "mqtt://b", password_env: "my password" }', 'the name of an environment variable'],
    ['{ name: external, url: "mqtt://b", is: mosquito 2.0 }', 'did you mean mosquitto?'],
    ['{ name: external, url: "mqtt://b", is: "???" }', 'write a name and a version'],
    ['{ name: external, url: "mqtt://b", usrname: me }', 'did you mean username?'],
  ])('are complained of in %s', (broker, complaint) => expect(complaints(broker)).toContain(complaint))

  it.each([
    ['{ name: external, url: "mqtt://me:s3/cret@broker", is: what }'],
    ['{ name: external, url: "mqtt://b", password: "s3cret", is: what }'],
    ['{ name: external, url: "mqtt://b", password: [s3cret] }'],
    ["{ name: external, url: 'mqtt://b', username: me, password: s3cret with spaces, cert: x }"],
    ['{ name: external, url: "mqtt://b", password: 1453s3cret, username: { a: s3cret } }'],
  ])('are complained of without a secret: %s', broker => {
    const said = complaints(broker)
    expect(said).toContain('broker')
    expect(said).not.toMatch(/s3|cret/)
  })

  it('are complained of without a password of digits only', () => {
    expect(complaints('{ name: external, url: "mqtt://b", password: 8172399 }')).toContain(
      '"password" has to be text, not what stands there',
    )
    expect(complaints('{ name: external, url: "mqtt://b", password: 8172399 }')).not.toContain('8172399')
  })
})

describe('the place of an external broker', () => {
  it('comes from the URL, with secrets decoded', () => {
    expect(placeOf({ url: 'mqtts://me:a%2Fb@broker.example' })).toEqual({
      address: { host: 'broker.example', port: 8883 },
      access: { scheme: 'mqtts', servername: 'broker.example', username: 'me', password: 'a/b' },
    })
    expect(placeOf({ url: 'mqtt://[::1]:1884' })).toEqual({
      address: { host: '::1', port: 1884 },
      access: { scheme: 'mqtt' },
    })
    expect(placeOf({ url: 'wss://broker.example/mqtt?v=1' })).toEqual({
      address: { host: 'broker.example', port: 443 },
      access: { scheme: 'wss', servername: 'broker.example', path: '/mqtt?v=1', authority: 'broker.example:443' },
    })
  })

  it('has files from the working directory, and what stands beside the URL wins', () => {
    const options = { url: 'mqtts://me@broker', username: 'you', ca: 'pki/ca.crt', alpn: 'mqtt', servername: 'other' }
    expect(placeOf(options).access).toEqual({
      scheme: 'mqtts',
      username: 'you',
      ca: resolve('pki/ca.crt'),
      alpn: ['mqtt'],
      servername: 'other',
    })
  })

  it('takes secrets from the environment, and names what is not set', () => {
    const options = { url_env: 'B', username_env: 'U', password_env: 'P' }
    const env = { B: 'mqtt://broker', U: 'me', P: 's3cret' }
    expect(placeOf(options, env).access).toEqual({ scheme: 'mqtt', username: 'me', password: 's3cret' })
    expect(() => placeOf(options, { ...env, P: '' })).toThrow(
      'the environment variable that password_env names is not set',
    )
    expect(() => placeOf(options, { ...env, B: 's3cret' })).toThrow('what url_env names holds no URL of a broker')
    expect(() => placeOf(options, { ...env, B: 's3cret' })).not.toThrow('s3cret')
  })

  it('is not there without options, as `halfopen list` asks', async () => {
    expect(await external.available({})).toEqual({ reason: 'it has no URL' })
    expect(external.access?.({})).toBeUndefined()
  })
})

it.each([
  ['mosquitto 2.0.22', { family: 'mosquitto', version: '2.0.22' }],
  ['EMQX v5.8.9', { family: 'emqx', version: '5.8.9' }],
  ['mochi-mqtt 2.7.9', { family: 'mochi-mqtt', version: '2.7.9' }],
  ['rabbitmq', { family: 'rabbitmq', version: 'unknown' }],
  ['2.0.22', undefined],
])('is: %s', (text, identity) => expect(identityOf(text)).toEqual(identity))
