/**
 * MQTT in TLS, said by a real client and a real server of Node's OpenSSL with every kind of cipher suite, and opened with the key
 * log: what was said is known, and tshark with the same key log has to say the same.
 */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import which from 'which'
import { CaptureReader } from '../../src/captures/capture.ts'
import { TlsKeys } from '../../src/captures/tls/tls-session.ts'
import type { LogEvent } from '../../src/logs/log-event.ts'
import { PACKET_NAMES } from '../../src/model/event.ts'
import { titled } from '../needs.ts'
import { FILES, ipPacket, LINKS, mqtt, type Said, segmentsOf } from './made.ts'

const missing =
  (await which('tshark', { nothrow: true })) === null
    ? 'tshark is not there: apt-get install --no-install-recommends tshark'
    : undefined
if (missing !== undefined && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(missing)

const START_MS = 1_790_000_000_000
const folder = mkdtempSync(join(tmpdir(), 'halfopen-keylog-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Suite {
  readonly version: 'TLSv1.2' | 'TLSv1.3'
  readonly ciphers: string
  readonly key?: 'rsa' | 'ec'
}

const SUITES: Readonly<Record<string, Suite>> = {
  'TLS 1.3, AES-128-GCM': { version: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' },
  'TLS 1.3, AES-256-GCM': { version: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384' },
  'TLS 1.3, ChaCha20': { version: 'TLSv1.3', ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
  'TLS 1.3, AES-128-CCM': { version: 'TLSv1.3', ciphers: 'TLS_AES_128_CCM_SHA256' },
  'TLS 1.3, AES-128-CCM-8': { version: 'TLSv1.3', ciphers: 'TLS_AES_128_CCM_8_SHA256:DEFAULT@SECLEVEL=0' },
  'TLS 1.2, AES-128-GCM': { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
  'TLS 1.2, AES-256-GCM': { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' },
  'TLS 1.2, RSA key exchange': { version: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
  'TLS 1.2, ChaCha20': { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-CHACHA20-POLY1305' },
  'TLS 1.2, ECDSA and CCM': { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-CCM', key: 'ec' },
  'TLS 1.2, ECDSA and CCM-8': { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0', key: 'ec' },
  'TLS 1.2, AES-128-CBC': { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA' },
  'TLS 1.2, AES-256-CBC with SHA-384': { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-SHA384' },
}

const pairs: Record<string, { key: Buffer; cert: Buffer }> = {}
beforeAll(() => {
  for (const [kind, algorithm] of [
    ['rsa', ['rsa:2048']],
    ['ec', ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']],
  ] as const) {
    const [key, cert] = [join(folder, `${kind}.key`), join(folder, `${kind}.pem`)]
    const words = ['req', '-x509', '-newkey', ...algorithm, '-nodes', '-days', '1', '-subj', '/CN=localhost']
    execFileSync('openssl', [...words, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    pairs[kind] = { key: readFileSync(key), cert: readFileSync(cert) }
    expect(new X509Certificate(readFileSync(cert)).subject).toContain('localhost')
  }
})

interface Conversation {
  /** What passed on the wire. */
  readonly said: readonly Said[]
  readonly keylog: string
}

const PINGREQ = mqtt({ cmd: 'pingreq' })
const publish = (bytes: number, messageId: number) =>
  mqtt({
    cmd: 'publish',
    topic: 'a/b',
    payload: Buffer.alloc(bytes, 0xc0),
    qos: 1,
    messageId,
    dup: false,
    retain: false,
  })

/** In turn: `up` from the client, the rest from the server. */
const SAYS: readonly (readonly ['up' | 'down', Buffer])[] = [
  [
    'up',
    mqtt({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: 'pump-9', clean: true, keepalive: 60 }),
  ],
  ['down', mqtt({ cmd: 'connack', returnCode: 0, sessionPresent: false } as never)],
  ['up', PINGREQ],
  ['down', mqtt({ cmd: 'pingresp' })],
  ['up', publish(40_000, 1)],
  ['down', mqtt({ cmd: 'puback', messageId: 1 })],
  ['down', publish(70_000, 2)],
  ['up', mqtt({ cmd: 'puback', messageId: 2 })],
  ['up', PINGREQ],
  ['down', mqtt({ cmd: 'pingresp' })],
  ['up', mqtt({ cmd: 'disconnect' } as never)],
]
const CMDS = ['PINGREQ', 'PINGRESP', 'PUBLISH', 'PUBACK', 'PUBLISH', 'PUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT']

/** A conversation over real TLS, each message after the one before has arrived; dated one second apart. */
async function held({ version, ciphers, key = 'rsa' }: Suite): Promise<Conversation> {
  const said: Said[] = []
  let keylog = ''
  let turn = 0
  const note = (from: Said['from'], bytes: Buffer) =>
    said.push({ atMs: START_MS + turn * 1000 + said.length / 100, from, bytes: Buffer.from(bytes) })
  const options = { minVersion: version, maxVersion: version, ciphers }
  const server = createServer({ ...pairs[key], ...options })
  const accepted = once(server, 'secureConnection')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay = createTcpServer(near => {
    const far = connectTcp((server.address() as AddressInfo).port, '127.0.0.1')
    near.on('data', bytes => {
      note('client', bytes)
      far.write(bytes)
    })
    far.on('data', bytes => {
      note('broker', bytes)
      near.write(bytes)
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('end', () => other.end())
      one.on('error', () => other.destroy())
    }
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const client = connect({ port: (relay.address() as AddressInfo).port, rejectUnauthorized: false, ...options })
  client.on('keylog', line => {
    keylog += String(line)
  })
  await once(client, 'secureConnect')
  const [far] = (await accepted) as [TLSSocket]
  for (const [way, bytes] of SAYS) {
    turn++
    const [from, to] = way === 'up' ? [client, far] : [far, client]
    from.write(bytes)
    for (let left = bytes.length; left > 0; ) left -= ((await once(to, 'data'))[0] as Buffer).length
  }
  client.end()
  await once(far, 'close')
  for (const each of [server, relay] as Server[]) each.close()
  return { said, keylog }
}

interface Found {
  readonly events: readonly LogEvent[]
  readonly report: ReturnType<CaptureReader['finish']>
}

function read(file: Buffer, keylog?: string, chunkBytes = file.length): Found {
  const events: LogEvent[] = []
  const keys = keylog === undefined ? undefined : new TlsKeys()
  keys?.add(keylog ?? '')
  const reader = new CaptureReader({ event: event => events.push(event), breach: () => {} }, keys)
  for (let at = 0; at < file.length; at += chunkBytes) reader.push(file.subarray(at, at + chunkBytes))
  return { events, report: reader.finish() }
}

function captureOf({ said }: Conversation, kind = 'pcap', sizes = [1400]): Buffer {
  const { type, wrap } = LINKS.ethernet ?? expect.fail()
  const frames = segmentsOf(said, sizes).map(each => ({ atMs: each.atMs, bytes: wrap(ipPacket(each, { port: 8883 })) }))
  return (FILES[kind] ?? expect.fail(kind))(frames, type)
}

const packetsOf = ({ events }: Found) => events.filter(({ what }) => what === 'packet')
const cmdsOf = (found: Found) => packetsOf(found).map(({ cmd }) => cmd)

/** What tshark reads with the same key log: of each control packet its kind and its frame. */
function tsharks(file: Buffer, keylog: string): readonly string[] {
  const [capture, keys] = [join(folder, 'made.pcap'), join(folder, 'keys.txt')]
  writeFileSync(capture, file)
  writeFileSync(keys, keylog)
  const fields = ['-T', 'fields', '-e', 'frame.number', '-e', 'mqtt.msgtype']
  const text = execFileSync(
    'tshark',
    ['-r', capture, '-o', `tls.keylog_file:${keys}`, '-d', 'tls.port==8883,mqtt', '-Y', 'mqtt', ...fields],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return text
    .trim()
    .split('\n')
    .flatMap(line => {
      const [frame, types = ''] = line.split('\t')
      return types.split(',').map(type => `${frame} ${(PACKET_NAMES[Number(type) - 1] ?? '').toUpperCase()}`)
    })
    .filter(line => !line.endsWith(' CONNECT'))
}

describe(titled('with the key log, and as tshark with it', missing), () => {
  test.each(Object.entries(SUITES))('%s is opened', async (_, suite) => {
    const conversation = await held(suite)
    const file = captureOf(conversation)
    const found = read(file, conversation.keylog)
    expect(found.report).toMatchObject({ tls: 1, opened: 1, mqtt: 1, lost: new Map() })
    expect(found.events.find(({ what }) => what === 'connect')).toMatchObject({ client: 'pump-9', keepaliveS: 60 })
    expect(cmdsOf(found)).toEqual(CMDS)
    expect(cmdsOf(read(captureOf(conversation, 'pcap', [7, 1400, 90]), conversation.keylog, 1000))).toEqual(CMDS)
    if (missing !== undefined) return
    const ours = found.events.flatMap(({ what, cmd, line }) =>
      what === 'connect' ? [`${line} CONNACK`] : what === 'packet' ? [`${line} ${cmd}`] : [],
    )
    expect(ours).toEqual(tsharks(file, conversation.keylog))
  })

  test('in the pcapng itself, as editcap --inject-secrets writes it', async () => {
    const conversation = await held(SUITES['TLS 1.3, AES-256-GCM'] ?? expect.fail())
    const [plain, keys, both] = ['plain.pcapng', 'keys.txt', 'both.pcapng'].map(name => join(folder, name))
    writeFileSync(plain ?? '', captureOf(conversation, 'pcapng'))
    writeFileSync(keys ?? '', conversation.keylog)
    if (missing !== undefined) return
    execFileSync('editcap', ['--inject-secrets', `tls,${keys}`, plain ?? '', both ?? ''])
    const found = read(readFileSync(both ?? ''))
    expect(found.report).toMatchObject({ tls: 1, opened: 1 })
    expect(cmdsOf(found)).toEqual(CMDS)
  })
})

describe('without it', () => {
  test.each([
    ['no key log', undefined],
    ['of other connections', `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`],
    ['with wrong secrets', 'wrong'],
  ])('%s: sizes and times, or a word of why', async (_, given) => {
    const conversation = await held(SUITES['TLS 1.3, AES-128-GCM'] ?? expect.fail())
    const wrong = conversation.keylog.replace(/ [0-9a-f]+$/gm, ` ${'00'.repeat(32)}`)
    const found = read(captureOf(conversation), given === 'wrong' ? wrong : given)
    expect(found.report).toMatchObject({ tls: given === 'wrong' ? 0 : 1, opened: 0 })
    if (given !== 'wrong') expect(cmdsOf(found).filter(cmd => cmd === 'PINGREQ').length).toBeGreaterThanOrEqual(2)
  })

  test('bytes that the capture has not are told, and nothing is made up', async () => {
    const conversation = await held(SUITES['TLS 1.2, AES-128-GCM'] ?? expect.fail())
    const { type, wrap } = LINKS.ethernet ?? expect.fail()
    const segments = segmentsOf(conversation.said, [1400])
    // One in the middle of the large message from the client.
    const large = segments.findIndex((each, i) => i > 20 && each.from === 'client' && each.data.length === 1400)
    segments.splice(large, 1)
    const frames = segments.map(each => ({ atMs: each.atMs, bytes: wrap(ipPacket(each, { port: 8883 })) }))
    const found = read(FILES.pcap?.(frames, type) ?? expect.fail(), conversation.keylog)
    expect(found.report.missingBytes).toBe(1400)
    expect([...found.report.lost.keys()].join()).toContain('bytes are missing within TLS')
    // What came before, and the answer that made it known.
    expect(cmdsOf(found)).toEqual(['PINGREQ', 'PINGRESP', 'PUBACK'])
  })
})
