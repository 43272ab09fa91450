import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pemProblem } from '../../../../src/peers/brokers/external/external-place.ts'
import { external } from '../../../../src/peers/brokers/external.ts'
import { noMosquitto, titled } from '../../../needs.ts'
import { makePki, PASSPHRASE, PASSWORD, type Pki, type SecureBroker, startSecureBroker, USER } from './secure.ts'

let pki: Pki
let broker: SecureBroker
beforeAll(async () => {
  if (noMosquitto !== undefined) return
  pki = await makePki()
  broker = await startSecureBroker(pki)
})
afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
  await pki?.[Symbol.asyncDispose]()
})

const reasonOf = async (options: Parameters<typeof external.available>[0]): Promise<string | true> => {
  const availability = await external.available(options)
  return availability === true ? true : availability.reason
}

describe.skipIf(noMosquitto !== undefined)(
  titled('an external broker is looked at before anything starts', noMosquitto),
  () => {
    const ca = () => pki.file('ca.crt')
    const own = () => ({ cert: pki.file('client.crt'), key: pki.file('client.key') })
    const mutual = () => `mqtts://localhost:${broker.mutual}`

    it('is available over TLS, with its own name or address, a client certificate and an encrypted key', async () => {
      expect(await reasonOf({ url: mutual(), ca: ca(), ...own() })).toBe(true)
      expect(await reasonOf({ url: `mqtts://127.0.0.1:${broker.mutual}`, ca: ca(), ...own() })).toBe(true)
      process.env.HALFOPEN_TEST_PASSPHRASE = PASSPHRASE
      const encrypted = { cert: pki.file('client.crt'), key: pki.file('client.enc.key') }
      const passphrase_env = 'HALFOPEN_TEST_PASSPHRASE'
      expect(await reasonOf({ url: mutual(), ca: ca(), ...encrypted, passphrase_env })).toBe(true)
    })

    it('is available over WebSockets', async () => {
      expect(await reasonOf({ url: `ws://127.0.0.1:${broker.ws}/mqtt` })).toBe(true)
      expect(await reasonOf({ url: `wss://localhost:${broker.wss}/mqtt`, ca: ca() })).toBe(true)
    })

    it('says what TLS has against it', async () => {
      const at = `mqtts://localhost:${broker.mutual}: `
      expect(await reasonOf({ url: mutual(), ca: pki.file('other.crt'), ...own() })).toMatch(
        new RegExp(`^${at}its certificate is not signed by a CA that is trusted here; \`ca\` names one \\(\\w+\\)$`),
      )
      expect(await reasonOf({ url: mutual(), ...own() })).toContain('not signed by a CA that is trusted here')
      expect(await reasonOf({ url: mutual(), ca: ca() })).toMatch(
        /without a client certificate|instead of sending CONNACK/,
      )
      expect(await reasonOf({ url: `mqtts://localhost:${broker.plain}`, ca: ca() })).toMatch(
        /does not speak TLS|the connection/,
      )
      expect(await reasonOf({ url: `wss://localhost:${broker.wss}` })).toContain(
        'not signed by a CA that is trusted here',
      )
    })

    it('says whose name a certificate does not bear, and takes another by `servername`', async () => {
      const named = { url: `mqtts://localhost:${broker.named}`, ca: ca(), username: USER, password: PASSWORD }
      expect(await reasonOf(named)).toContain('its certificate is for another name; `servername` says for which')
      expect(await reasonOf({ ...named, servername: 'broker.test' })).toBe(true)
    })

    it('says that user and password are refused, without them', async () => {
      const url = `mqtt://localhost:${broker.guarded}`
      expect(await reasonOf({ url, username: USER, password: PASSWORD })).toBe(true)
      expect(await reasonOf({ url, username: USER, password: 'wrong-s3cret' })).toBe(
        `${url}: it refuses user name and password (CONNACK 5)`,
      )
      expect(await reasonOf({ url: `mqtt://${USER}:wrong-s3cret@localhost:${broker.guarded}` })).not.toMatch(
        /s3cret|ann/,
      )
    })

    it('says that it is not what the scenario says', async () => {
      const url = `mqtt://localhost:${broker.plain}`
      expect(await reasonOf({ url, is: 'mosquitto' })).toBe(true)
      expect(await reasonOf({ url, is: 'emqx 5.8.9' })).toMatch(
        /^the broker says that it is mosquitto 2\.[\d.]+, and the scenario that it is emqx 5\.8\.9$/,
      )
      expect(await reasonOf({ url, is: 'mosquitto 1.6.15' })).toMatch(/^the broker says that it is mosquitto 2\./)
    })

    it('says that nobody is there, and looks again the next time', async () => {
      expect(await reasonOf({ url: 'mqtt://127.0.0.1:1' })).toBe(
        'mqtt://127.0.0.1:1: nobody listens there (ECONNREFUSED)',
      )
      expect(await reasonOf({ url: 'mqtt://nowhere.invalid' })).toMatch(
        /^mqtt:\/\/nowhere\.invalid:1883: its name is not known/,
      )
    })

    it('is left as it was: nothing is configured, and every connection is closed', async () => {
      const started = await external.start({ url: `mqtt://localhost:${broker.plain}` })
      expect(started).toMatchObject({ family: 'mosquitto', version: expect.stringMatching(/^2\./) })
      await started[Symbol.asyncDispose]()
      const socket = connect({ host: '127.0.0.1', port: broker.plain })
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      socket.destroy()
    })
  },
)

describe.skipIf(noMosquitto !== undefined)(titled('files of TLS', noMosquitto), () => {
  const problem = (files: { ca?: string; cert?: string; key?: string; passphrase?: string }) =>
    pemProblem({ scheme: 'mqtts', ...files })

  it('are fine where they fit', async () => {
    const files = { ca: pki.file('ca.crt'), cert: pki.file('client.crt') }
    expect(await problem({ ...files, key: pki.file('client.key') })).toBeUndefined()
    expect(await problem({ ...files, key: pki.file('client.enc.key'), passphrase: PASSPHRASE })).toBeUndefined()
  })

  it('are complained of by name, with nothing of what is in them', async () => {
    const cert = pki.file('client.crt')
    const broken = join(pki.dir, 'broken.crt')
    await writeFile(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    expect(await problem({ ca: '/nowhere/ca.crt' })).toBe('ca: /nowhere/ca.crt: there is no such file')
    expect(await problem({ ca: pki.file('client.key') })).toContain('ca: no certificate in PEM form is in')
    expect(await problem({ ca: broken })).toContain('ca: a certificate in')
    expect(await problem({ cert, key: cert })).toContain('key: no private key in PEM form is in')
    expect(await problem({ cert, key: pki.file('server.key') })).toMatch(/^the key .* does not fit the certificate /)
    expect(await problem({ cert, key: pki.file('client.enc.key') })).toContain('is encrypted; give its passphrase')
    expect(await problem({ cert, key: pki.file('client.enc.key'), passphrase: 'wrong' })).toContain(
      'the passphrase does not open',
    )
    expect(await problem({ ca: pki.dir })).toContain(`ca: ${pki.dir}: `)
  })
})
