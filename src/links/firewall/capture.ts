import { type ChildProcess, spawn } from 'node:child_process'
import { toolEnv } from '../../labs/netns/command.ts'
import { guardProcess, startReaper } from '../../labs/reaper.ts'
import type { Side } from '../../model/flow.ts'
import { PcapReader } from './pcap.ts'
import type { FirewallPlace } from './place.ts'
import type { Segment } from './segment.ts'

/** Watches both interfaces of the firewall, through one socket, so that all is in order. */
export interface Capture extends AsyncDisposable {
  /** Resolves with its complaint where it ends by itself. */
  readonly ended: Promise<string>
}

/** Resolves once nothing escapes it any more. */
export async function startCapture(place: FirewallPlace, onSegment: (segment: Segment) => void): Promise<Capture> {
  const reader = new PcapReader(await interfaces(place))
  startReaper()
  const [file, ...args] = place.enter('tcpdump', [
    // Each packet at once, with the kernel's date in nanoseconds; and no change of user, which a user namespace has not.
    ...['--immediate-mode', '-U', '-Z', 'root', '--time-stamp-precision=nano', '-n', '-B', '8192'],
    ...['-i', 'any', '-y', 'LINUX_SLL2', '-w', '-', `tcp and host ${place.broker}`],
  ])
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnv() })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const said: string[] = []
  const listening = new Promise<undefined>(resolve => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.push(text)
      if (said.join('').includes('listening on')) resolve(undefined)
    })
  })
  const ended = endOf(child, said).finally(release)
  child.stdout.on('data', (piece: Buffer) => {
    for (const segment of reader.push(piece)) onSegment(segment)
  })
  const why = await Promise.race([listening, ended])
  if (why !== undefined) throw new Error(`can't watch the firewall: ${why}`)
  return {
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Which side is behind each interface, by its number. */
async function interfaces(place: FirewallPlace): Promise<ReadonlyMap<number, Side>> {
  const listed = await place.shell('ip -o link')
  const number = (device: string) => Number(new RegExp(`^(\\d+): ${device}[@:]`, 'm').exec(listed)?.[1])
  return new Map([
    [number(place.clientDevice), 'client'],
    [number(place.brokerDevice), 'broker'],
  ])
}

const endOf = (child: ChildProcess, said: readonly string[]): Promise<string> =>
  new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(said.join('').trim() || (signal ?? `exit code ${code}`)))
  })
