/** A run that is killed takes its namespaces with it, and everything that lives in them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { available } from '../../../src/labs/netns/allowed.ts'
import { toolEnv } from '../../../src/processes/run-tool.ts'
import { noMosquitto, titled } from '../../needs.ts'
import { startPlaying } from './play.ts'

const machine = await available()
if (machine !== true && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(machine.reason)

/** A client that leaves a process of its own behind, in a session of its own. */
const SCENARIO = `name: a client that forks
broker: mosquitto
client:
  name: command
  command: setsid sleep 7654 & mosquitto_sub -h {host} -p {port} -k {keepalive} -i {clientid} -t {topic}
  keepalive: 60s
timeline: [{ at: 100ms, fault: { idle-cut: { after: 1s, activity: packet } } }]
expect: [stays-connected]
until: 600s
`

const processes = () => readdirSync('/proc').filter(name => /^\d+$/.test(name))
const read = (look: () => string): string => {
  try {
    return look()
  } catch {
    return ''
  }
}
const netnsOf = (pid: string) => read(() => readlinkSync(`/proc/${pid}/ns/net`))
const parentOf = (pid: string) =>
  read(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
    .split(') ')[1]
    ?.split(' ')[1]
const nameOf = (pid: string) => read(() => readFileSync(`/proc/${pid}/comm`, 'latin1')).trim()

/** The namespaces that children of this process live in, other than our own. */
const namespacesUnder = (parent: number): ReadonlySet<string> =>
  new Set(
    processes()
      .filter(pid => parentOf(pid) === String(parent))
      .map(netnsOf)
      .filter(netns => netns !== '' && netns !== netnsOf('self')),
  )
const namesIn = (namespaces: ReadonlySet<string>): readonly string[] =>
  processes()
    .filter(pid => namespaces.has(netnsOf(pid)))
    .map(nameOf)

const tool = (file: string, ...args: string[]) => execFileSync(file, args, { env: toolEnv(), encoding: 'utf8' })
const interfaces = () => [...tool('ip', '-o', 'link').matchAll(/^\d+: ([^:@]+)/gm)].map(([, name]) => name)
const tables = () => (process.getuid?.() === 0 ? tool('nft', 'list', 'tables') : '')

const KILLED = titled('KILL leaves no namespace, interface, table of rules or process', noMosquitto)

test.runIf(machine === true && !noMosquitto)(
  KILLED,
  async () => {
    const before = { interfaces: interfaces(), tables: tables(), named: tool('ip', 'netns', 'list') }
    const directory = mkdtempSync(join(tmpdir(), 'halfopen-kill-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    writeFileSync(join(directory, 'forks.yaml'), SCENARIO)
    const { child } = startPlaying([join(directory, 'forks.yaml')])
    onTestFinished(() => void child.kill('SIGKILL'))
    let namespaces: ReadonlySet<string> = new Set()
    const everybody = ['mosquitto', 'mosquitto_sub', 'node', 'perl', 'sleep']
    await vi.waitFor(
      () => {
        namespaces = namespacesUnder(child.pid ?? 0)
        expect(namespaces.size).toBe(3)
        expect(namesIn(namespaces)).toEqual(expect.arrayContaining(everybody))
      },
      { timeout: 100_000, interval: 50 },
    )
    child.kill('SIGKILL')
    await vi.waitFor(() => expect(namesIn(namespaces)).toEqual([]), { timeout: 60_000, interval: 20 })
    expect({ interfaces: interfaces(), tables: tables(), named: tool('ip', 'netns', 'list') }).toEqual(before)
  },
  180_000,
)
