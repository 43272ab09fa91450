/**
 * Passwords, users, passphrases, keys and payloads go into halfopen by every door that there is, through runs that pass, fail
 * and can't be played, and come out nowhere: on no stream, in no report, in no file of evidence.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Project, project } from './cli/halfopen.ts'
import { noMosquitto, titled } from './needs.ts'
import {
  makePki,
  PASSPHRASE,
  PASSWORD,
  type Pki,
  type SecureBroker,
  startSecureBroker,
  USER,
} from './peers/brokers/external/secure.ts'

/** A wrong one is somebody's right one somewhere else. */
const WRONG = 'wr0ng-81723-pass'
const WS_TOKEN = 'bearer-81723-token'
/** Of a command, which knows nothing of the broker's. */
const ARGUED = 'argued-81723-pass'

/** What no output may hold. Payloads: the will's, and the messages' in both directions. */
const SECRETS = [
  USER,
  PASSWORD,
  PASSPHRASE,
  WRONG,
  WS_TOKEN,
  ARGUED,
  'halfopen will',
  'halfopen up 1',
  'halfopen down 1',
] as const

/** As it is, and as URLs, JSON, base64 and raw bytes spell it. */
const spellings = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
    JSON.stringify([...bytes]).slice(1, -1),
  ]
}

/** Every secret that is in the text, by name; private keys in PEM form too, also where only their body is. */
function secretsIn(text: string, keys: readonly string[] = []): readonly string[] {
  const found = SECRETS.filter(secret => spellings(secret).some(spelled => text.includes(spelled)))
  const isKey = /PRIVATE KEY-----/.test(text) || keys.some(line => text.includes(line))
  return [...found, ...(isKey ? ['a private key'] : [])]
}

const scenarios = (pki: Pki, broker: SecureBroker): Readonly<Record<string, string>> => {
  const named = `url: "mqtts://localhost:${broker.named}", servername: broker.test, ca: ${pki.file('ca.crt')}`
  const mutual = `url: "mqtts://localhost:${broker.mutual}", ca: ${pki.file('ca.crt')}, cert: ${pki.file('client.crt')}, key: ${pki.file('client.enc.key')}`
  const guarded = `mqtt://localhost:${broker.guarded}`
  const inUrl = `mqtt://${USER}:${encodeURIComponent(PASSWORD)}@localhost:${broker.guarded}`
  const both = 'traffic: { publishing: { qos: 1, every: 200ms }, receiving: { qos: 1, every: 200ms } }'
  const one = (name: string, external: string, client: string, expectation: string, until = '2s') =>
    `name: ${name}\nbroker: ${external}\nclient: ${client}\nexpect: [${expectation}]\nuntil: ${until}\n`
  // Not 1 s: Mosquitto 2.0 counts whole seconds, and drops a client of K = 1 s from 1.0x s on (test/conformance/brokers.test.ts).
  const mqttjs = (more = '') => `{ name: mqttjs, keepalive: 2s${more} }`
  return {
    'tls-user': one(
      'user and password over TLS',
      `{ name: external, ${named}, username: "${USER}", password: "${PASSWORD}" }`,
      mqttjs(`, ${both}`),
      'messages-kept',
    ),
    'tls-inspected': `${one(
      'user and password over TLS that the link looks into',
      `{ name: external, ${named}, username: "${USER}", password: "${PASSWORD}" }`,
      mqttjs(`, ${both}`),
      'messages-kept',
    )}link: { tls: inspect }\n`,
    'certificate-inspected': `${one(
      'a client certificate that the link shows as well',
      `{ name: external, ${mutual}, passphrase_env: TEST_PASSPHRASE }`,
      mqttjs(`, ${both}`),
      'messages-kept',
    )}link: { tls: inspect, clients_ca: ${pki.file('ca.crt')} }\n`,
    'tls-fails': one(
      'a check that fails over TLS',
      `{ name: external, ${named}, username_env: TEST_USER, password_env: TEST_PASSWORD }`,
      mqttjs(),
      'client-gives-up',
    ),
    certificate: one(
      'a client certificate',
      `{ name: external, ${mutual}, passphrase_env: TEST_PASSPHRASE }`,
      mqttjs(),
      'stays-connected',
    ),
    url: one(
      'user and password in the URL',
      `{ name: external, url: "${inUrl}" }`,
      mqttjs(`, ${both}`),
      'stays-connected',
    ),
    'url-env': one(
      'a URL from the environment',
      '{ name: external, url_env: TEST_URL }',
      mqttjs(),
      'flaps: { min: 3 }',
    ),
    websocket: one(
      'a token in a header',
      `{ name: external, url: "ws://localhost:${broker.ws}/mqtt?token=${WS_TOKEN}" }`,
      mqttjs(`, wsOptions: { headers: { Authorization: ${WS_TOKEN} } }`),
      'stays-connected',
    ),
    'wrong-password': one(
      'a wrong password',
      `{ name: external, url: "${guarded}", username: "${USER}", password: ${WRONG} }`,
      mqttjs(),
      'stays-connected',
    ),
    'wrong-client': one(
      'a wrong password of the client alone',
      `{ name: external, url: "${inUrl}" }`,
      mqttjs(`, password: ${WRONG}`),
      'stays-connected',
    ),
    'wrong-ca': one(
      'a wrong CA',
      `{ name: external, url: "mqtts://${USER}:${WRONG}@localhost:${broker.named}", ca: ${pki.file('other.crt')} }`,
      mqttjs(),
      'stays-connected',
    ),
    'wrong-key': one(
      'a key that does not fit',
      `{ name: external, url: "mqtts://localhost:${broker.mutual}", ca: ${pki.file('ca.crt')}, cert: ${pki.file('client.crt')}, key: ${pki.file('server.key')} }`,
      mqttjs(),
      'stays-connected',
    ),
    'wrong-passphrase': one(
      'a passphrase that does not fit',
      `{ name: external, ${mutual}, passphrase_env: TEST_WRONG }`,
      mqttjs(),
      'stays-connected',
    ),
    'key-in-line': one(
      'a key in the scenario itself',
      'mosquitto',
      mqttjs(`, key: ${JSON.stringify(readFileSync(pki.file('client.key'), 'utf8'))}`),
      'stays-connected',
    ),
    'own-broker': one(
      'a user at a broker of ours',
      'mosquitto',
      mqttjs(`, username: "${USER}", password: "${PASSWORD}", ${both}`),
      'messages-kept',
    ),
    aedes: one('a user at Aedes', 'aedes', mqttjs(`, username: "${USER}", password: "${PASSWORD}"`), 'stays-connected'),
    program: one(
      'a program that tells everything',
      `{ name: external, url: "${inUrl}" }`,
      `{ name: command, keepalive: 1s, command: 'echo "$HALFOPEN_USERNAME $HALFOPEN_PASSWORD" >&2; sleep 60' }`,
      'stays-connected',
    ),
    arguments: one(
      'a program that tells its arguments',
      'aedes',
      `{ name: command, keepalive: 1s, command: 'f() { echo "$@" >&2; printf %s "$2" | base64 -w0 >&2; echo >&2; sleep 60; }; f -u ${ARGUED}:${ARGUED} --password=${ARGUED} --key ${ARGUED} -H "Authorization: Bearer ${WS_TOKEN}"' }`,
      'stays-connected',
    ),
  }
}

const UNREADABLE = `name: what can not be read
broker: { name: external, url: "mqtt://${USER}:${WRONG}@broker/x", pasword: ${WRONG} }
client:
  name: mqttjs
  keepalive: 2
  password: ${WRONG}
  properties: { authenticationMethod: x, authenticationData: ${WRONG} }
  command: 'curl -u ann:${WRONG} --password=${WRONG} --key ${WRONG} -H "Authorization: Bearer ${WRONG}"'
  until: 3
expect: [stays-connected]
until: 2s
`

const REPORTERS = [
  'default',
  'json',
  'junit',
  'github-actions',
  'vitest:json',
  'vitest:junit',
  'verbose',
  'tap',
  'tap-flat',
  'dot',
  'tree',
  'blob',
]

let pki: Pki
let broker: SecureBroker
let own: Project
beforeAll(async () => {
  if (noMosquitto !== undefined) return
  pki = await makePki()
  broker = await startSecureBroker(pki)
  const files = Object.entries(scenarios(pki, broker)).map(([name, text]) => [`scenarios/${name}.yaml`, text])
  own = await project({ ...Object.fromEntries(files), 'bad.yaml': UNREADABLE })
})
afterAll(async () => {
  await own?.[Symbol.asyncDispose]()
  await broker?.[Symbol.asyncDispose]()
  await pki?.[Symbol.asyncDispose]()
})

const environment = () => ({
  TEST_USER: USER,
  TEST_PASSWORD: PASSWORD,
  TEST_PASSPHRASE: PASSPHRASE,
  TEST_WRONG: WRONG,
  TEST_URL: `mqtt://${USER}:${encodeURIComponent(PASSWORD)}@localhost:${broker.guarded}`,
})

/** Everything that was written into the project, by name; not what the user wrote himself. */
const written = (): readonly (readonly [string, string])[] =>
  readdirSync(own.dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => !file.startsWith(join(own.dir, 'scenarios')) && file !== join(own.dir, 'bad.yaml'))
    .map(file => [file.slice(own.dir.length + 1), readFileSync(file, 'latin1')])

const PATIENCE = { timeout: 30_000, interval: 100 }

const filesBelow = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

/** Of every process on this machine, as any user may read them. */
const commandLines = (): string =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .join('\n')

/** Of a key that was made for a run; none where the file is gone already. */
function privateLines(file: string): readonly string[] {
  try {
    const text = readFileSync(file, 'latin1')
    return text.includes('PRIVATE KEY') ? text.split('\n').filter(line => line.length === 64) : []
  } catch {
    return []
  }
}

/** Lines of the keys' bodies: enough to know them by. */
const keyLines = (): readonly string[] =>
  (['client.key', 'client.enc.key', 'server.key'] as const).flatMap(name =>
    readFileSync(pki.file(name), 'utf8')
      .split('\n')
      .filter(line => line.length === 64),
  )

describe.skipIf(noMosquitto !== undefined)(titled('secrets come out nowhere', noMosquitto), () => {
  it('the search finds each of them, however it is spelled', () => {
    for (const secret of SECRETS)
      for (const spelled of spellings(secret)) expect(secretsIn(`before ${spelled} behind`)).toEqual([secret])
    const [line = ''] = keyLines()
    expect(secretsIn(`x${line}y`, keyLines())).toEqual(['a private key'])
    expect(secretsIn(readFileSync(pki.file('client.key'), 'latin1'))).toEqual(['a private key'])
    expect(secretsIn(readFileSync(pki.file('client.crt'), 'latin1'), keyLines())).toEqual([])
  })

  it('no reporter, report, evidence or stream tells one, whatever a scenario comes to', async () => {
    const asked = REPORTERS.flatMap(name => ['--reporter', name])
    const files = ['--json', 'out/report.json', '--junit', 'out/junit.xml']
    const { stdout, stderr, exitCode } = await own.run(['run', 'scenarios', ...asked, ...files], environment())
    if (!existsSync(join(own.dir, 'out/report.json'))) throw new Error(String(stderr))
    // It has all been played: what fails, what passes, what can't be reached.
    const { results } = JSON.parse(readFileSync(join(own.dir, 'out/report.json'), 'utf8')) as {
      results: readonly { name: string; result: string; blame?: 'harness' }[]
    }
    const wanted: Readonly<Record<string, string>> = {
      'user and password over TLS': 'pass',
      'user and password over TLS that the link looks into': 'pass',
      'a client certificate that the link shows as well': 'pass',
      'a check that fails over TLS': 'inconclusive',
      'a client certificate': 'pass',
      'user and password in the URL': 'pass',
      'a URL from the environment': 'fail',
      'a token in a header': 'pass',
      'a wrong password': 'skipped',
      'a wrong password of the client alone': 'inconclusive',
      'a wrong CA': 'skipped',
      'a key that does not fit': 'skipped',
      'a passphrase that does not fit': 'skipped',
      'a key in the scenario itself': 'pass',
      'a user at a broker of ours': 'pass',
      'a user at Aedes': 'pass',
      'a program that tells everything': 'inconclusive',
      'a program that tells its arguments': 'inconclusive',
    }
    // What the machine spoilt, also when it was played again, has been written down all the same.
    const cameTo = results.map(({ name, result, blame }) => [name, blame === 'harness' ? wanted[name] : result])
    expect(Object.fromEntries(cameTo)).toEqual(wanted)
    expect(exitCode).toBe(results.some(({ result }) => result === 'fail') ? 4 : 3)
    const all = [['stdout', stdout ?? ''], ['stderr', stderr ?? ''], ...written()] as const
    expect(all.map(([name]) => name).filter(name => name.endsWith('.ndjson')).length).toBeGreaterThanOrEqual(13)
    const leaks = all.flatMap(([name, text]) => secretsIn(String(text), keyLines()).map(secret => `${name}: ${secret}`))
    expect(leaks).toEqual([])
  }, 240_000)

  it('nor does a process list while it runs, nor any file once it was killed', async () => {
    const own = `killed-${process.pid}-pass`
    await using killed = await project({
      'inspected.yaml': [
        'name: killed while the link looks into TLS',
        'broker: { name: mosquitto, tls: { client_certificates: true } }',
        `client: { name: mqttjs, keepalive: 2s, username: ${own}, password: ${own}, traffic: { publishing: { qos: 1, every: 200ms } } }`,
        'link: { tls: inspect }',
        'expect: [stays-connected]',
        'until: 60s\n',
      ].join('\n'),
      'tmp/for-it': '',
    })
    const below = () => filesBelow(killed.dir).filter(file => !file.endsWith('inspected.yaml'))
    const running = killed.run(['run', 'inspected.yaml'], { TMPDIR: join(killed.dir, 'tmp') })
    const heldKeys = () => below().flatMap(privateLines)
    // The broker's and the clients', of which programs read theirs from files; the link's own are on no disk.
    await vi.waitFor(() => expect(new Set(heldKeys()).size).toBeGreaterThanOrEqual(4), PATIENCE)
    await vi.waitFor(() => expect(commandLines()).toContain(join(killed.dir, 'tmp')), PATIENCE)
    const [keys, listed] = [heldKeys(), commandLines()]
    running.kill('SIGKILL')
    const { stdout, stderr } = await running
    await vi.waitFor(() => expect(below().filter(file => privateLines(file).length > 0)).toEqual([]), PATIENCE)
    const left = below().map(file => readFileSync(file, 'latin1'))
    for (const text of [listed, String(stdout), String(stderr), ...left]) {
      expect(spellings(own).filter(spelled => text.includes(spelled))).toEqual([])
      expect(secretsIn(text, keys).filter(found => found === 'a private key' || found.startsWith('halfopen '))).toEqual(
        [],
      )
    }
  }, 60_000)

  it('an error in a scenario file shows its place, and no secret that stands there', async () => {
    const { stdout, stderr, exitCode } = await own.run(['run', 'bad.yaml'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('bad.yaml:2:')
    expect(secretsIn(`${stdout}${stderr}`)).toEqual([])
  })

  it('nor does a mistake on the command line', async () => {
    const url = `mqtt://${USER}:${WRONG}@broker`
    for (const args of [
      ['--broker-url', url],
      ['--broker-url', `x=${url}/path`],
    ]) {
      const { stdout, stderr, exitCode } = await own.run(['run', 'scenarios', ...args])
      expect(exitCode).toBe(1)
      expect(stderr).toContain('--broker-url')
      expect(secretsIn(`${stdout}${stderr}`)).toEqual([])
    }
    const { stderr } = await own.run(
      ['run', 'scenarios', '--broker-url', `mqtts://localhost:${broker.named}`, '--grep', 'Aedes'],
      {
        HALFOPEN_BROKER_PASSWORD: WRONG,
      },
    )
    expect(secretsIn(stderr)).toEqual([])
  })
})
