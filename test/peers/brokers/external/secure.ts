import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { realClock } from '../../../../src/clock/real.ts'
import { answersConnect } from '../../../../src/peers/brokers/broker-probe.ts'
import { findMosquitto } from '../../../../src/peers/brokers/mosquitto/binary.ts'
import { freePort } from '../../../../src/processes/port.ts'

export const PASSPHRASE = 'open-sesame-81723'
export const USER = 'ann-81723'
export const PASSWORD = 's3cret/81723@%'

/** A CA, a broker's certificate for localhost and 127.0.0.1, a client's, its key also encrypted, and another CA that signed nothing. */
export interface Pki extends AsyncDisposable {
  readonly dir: string
  file(name: PemName): string
}

export type PemName =
  | 'ca.crt'
  | 'other.crt'
  | 'server.crt'
  | 'server.key'
  | 'client.crt'
  | 'client.key'
  | 'client.enc.key'
  | 'named.crt'

export async function makePki(): Promise<Pki> {
  const dir = await mkdtemp(join(tmpdir(), 'halfopen-pki-'))
  const openssl = (...args: readonly string[]) => execa('openssl', args, { cwd: dir })
  const authority = (name: string) =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
    )
  const signed = async (name: string, key: string, subject: string, extensions: string) => {
    await writeFile(join(dir, `${name}.ext`), extensions)
    await openssl(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      subject,
      '-keyout',
      key,
      '-out',
      `${name}.csr`,
    )
    await openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.crt`,
    )
  }
  await Promise.all([authority('ca'), authority('other')])
  await signed('server', 'server.key', '/CN=localhost', 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  await signed('named', 'named.key', '/CN=broker.test', 'subjectAltName=DNS:broker.test\n')
  await signed('client', 'client.key', '/CN=device', 'extendedKeyUsage=clientAuth\n')
  await openssl('rsa', '-aes256', '-in', 'client.key', '-passout', `pass:${PASSPHRASE}`, '-out', 'client.enc.key')
  return { dir, file: name => join(dir, name), [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

/** A mosquitto that halfopen did not start: a listener for each way in. */
export interface SecureBroker extends AsyncDisposable {
  /** Plain MQTT, and anybody. */
  readonly plain: number
  /** Client certificate demanded. */
  readonly mutual: number
  /** TLS with user and password; the certificate is for broker.test only. */
  readonly named: number
  /** Plain MQTT with user and password. */
  readonly guarded: number
  readonly ws: number
  readonly wss: number
  /** Ends it before its time. */
  kill(): Promise<void>
}

export async function startSecureBroker({ dir, file }: Pki): Promise<SecureBroker> {
  const binary = await findMosquitto()
  if (binary === undefined) throw new Error('no mosquitto')
  const [plain = 0, mutual = 0, named = 0, guarded = 0, ws = 0, wss = 0] = await freePorts(6)
  await execa('mosquitto_passwd', ['-c', '-b', join(dir, 'passwords'), USER, PASSWORD])
  const own = (cert: PemName, key: string) => [
    `cafile ${file('ca.crt')}`,
    `certfile ${file(cert)}`,
    `keyfile ${join(dir, key)}`,
  ]
  const open = ['allow_anonymous true']
  const closed = ['allow_anonymous false', `password_file ${join(dir, 'passwords')}`]
  const config = [
    'per_listener_settings true',
    'max_keepalive 10',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    `listener ${plain} 127.0.0.1`,
    ...open,
    `listener ${mutual} 127.0.0.1`,
    ...open,
    ...own('server.crt', 'server.key'),
    'require_certificate true',
    `listener ${named} 127.0.0.1`,
    ...closed,
    ...own('named.crt', 'named.key'),
    `listener ${guarded} 127.0.0.1`,
    ...closed,
    `listener ${ws} 127.0.0.1`,
    'protocol websockets',
    ...open,
    `listener ${wss} 127.0.0.1`,
    'protocol websockets',
    ...open,
    ...own('server.crt', 'server.key'),
  ]
  const configFile = join(dir, `mosquitto-${plain}.conf`)
  await writeFile(configFile, `${config.join('\n')}\n`)
  const process_ = execa(binary, ['-c', configFile], { reject: false, all: true })
  const kill = async () => {
    process_.kill('SIGKILL')
    await process_
  }
  const clock = realClock()
  for (let attempt = 0; !(await answersConnect({ host: '127.0.0.1', port: plain })); attempt++) {
    if (attempt === 100) throw new Error(`mosquitto does not start: ${(await process_).all}`)
    await clock.advanceTo(clock.nowMs() + 50)
  }
  return { plain, mutual, named, guarded, ws, wss, kill, [Symbol.asyncDispose]: kill }
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
