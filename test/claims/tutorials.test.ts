import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AuthenticateError, AuthenticateHandler } from 'aedes'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aedesCore } from '../../src/peers/brokers/aedes.ts'
import { findMosquitto } from '../../src/peers/brokers/mosquitto/binary.ts'
import { serve } from '../../src/peers/brokers/serve.ts'
import { pahoPython } from '../../src/peers/clients/paho-python.ts'
import { builtCommand } from '../../src/peers/recipes/built.ts'
import { noMosquitto, noPeer, titled } from '../needs.ts'

const ROOT = join(import.meta.dirname, '..', '..')

test.each(readdirSync(join(ROOT, 'scenarios', 'claims')))('docs/claims.md says what %s is about', file => {
  expect(readFileSync(join(ROOT, 'docs', 'claims.md'), 'utf8')).toContain(`\`${file}\``)
})

/** What docs/claims.md says and no scenario can: a broker that does not start, a connection that is refused. */

const CONF = titled('mosquitto has no keepalive_timeout, and max_keepalive is what limits the interval', noMosquitto)

describe.runIf(!noMosquitto)('set keepalive_timeout in mosquitto.conf', () => {
  test(CONF, async () => {
    const refused = await configured('keepalive_timeout 900')
    expect(refused.code).not.toBe(0)
    expect(refused.said).toContain('keepalive_timeout')
    expect(refused.said).toMatch(/unknown configuration variable/i)
    // One that it does have is complained of for its value: it was understood.
    expect((await configured('max_keepalive 70000')).said).not.toMatch(/unknown configuration variable/i)
  })
})

const noPaho = noPeer(pahoPython)
const RC = titled('CONNACK 3, server unavailable, is told as 5 to on_disconnect', noPaho)

describe.runIf(!noPaho)('rc=5 in on_disconnect means not authorised', () => {
  test(RC, async () => {
    await using broker = await serve(await aedesCore({ authenticate: unavailable }))
    const told = await firstWords(broker.address.port)
    expect(told).toContainEqual(expect.objectContaining({ what: 'error', code: 3 }))
    expect(told).toContainEqual(expect.objectContaining({ what: 'closed', code: 5 }))
  })
})

/** MQTT 3.1.1 §3.2.2.3: return code 3. Paho Python tries again by itself after 1 and 2. */
const unavailable: AuthenticateHandler = (_client, _username, _password, done) =>
  done(Object.assign(new Error('server unavailable'), { returnCode: 3 }) as AuthenticateError, false)

/** What mosquitto says of a configuration with this line, and how it ends. A listener on a port that it may not have ends it anyway. */
async function configured(line: string): Promise<{ code: number | null; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-claims-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'mosquitto.conf')
  writeFileSync(file, `${line}\nno_such_variable 1\n`)
  const program = (await findMosquitto()) ?? 'mosquitto'
  return new Promise(resolve => {
    const child = execFile(program, ['-c', file], { timeout: 10_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, said: `${stdout}${stderr}` }),
    )
  })
}

/** Of a Paho Python that connects there, until it is told of the end. */
async function firstWords(port: number): Promise<readonly object[]> {
  const [file = '', ...args] = builtCommand(pahoPython.recipe ?? { folder: '', needs: [], steps: [], run: [''] }) ?? []
  const env = {
    ...process.env,
    HALFOPEN_HOST: '127.0.0.1',
    HALFOPEN_PORT: String(port),
    HALFOPEN_KEEPALIVE: '5',
    HALFOPEN_CLIENTID: 'claims',
    HALFOPEN_PROTOCOL: '4',
    HALFOPEN_RECONNECT: '0',
    HALFOPEN_SCHEME: 'mqtt',
    HALFOPEN_WILL_TOPIC: 'halfopen/claims',
    HALFOPEN_WILL_PAYLOAD: 'gone',
    HALFOPEN_WILL_QOS: '0',
  }
  const child = spawn(file, [...args, '--callback-api', '1'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const told: object[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const word = JSON.parse(line) as { what: string }
    told.push(word)
    if (word.what === 'closed') break
  }
  return told
}
