import { type ChildProcess, spawn } from 'node:child_process'
import type { Side } from '../../../model/flow.ts'
import { guardProcess, startReaper } from '../../../processes/reaper.ts'
import { toolEnv } from '../../../processes/run-tool.ts'
import { tetherByKernel } from '../../../processes/tether.ts'
import { FrameReader, WATCHER } from './frames.ts'
import type { FirewallPlace } from './place.ts'
import type { Segment } from './segment.ts'

/** Watches both interfaces of the firewall. */
export interface Capture extends AsyncDisposable {
  /** Resolves with its complaint where it ends by itself. */
  readonly ended: Promise<string>
}

/** Characters of its last words. */
const MOST_KEPT = 2000

interface Listener {
  segment(segment: Segment): void
  mark(number: number): void
  trouble(note: string): void
}

/** Resolves once nothing escapes it any more. */
export async function startCapture(place: FirewallPlace, on: Listener): Promise<Capture> {
  const reader = new FrameReader(await interfaces(place))
  startReaper()
  const [program, ...own] = tetherByKernel(['perl', '-e', WATCHER])
  const [file, ...args] = place.enter(program, own)
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnv() })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const ended = endOf(child).finally(release)
  const listening = new Promise<undefined>(resolve => child.stdout.once('data', () => resolve(undefined)))
  child.stdout.on('data', (piece: Buffer) => {
    for (const seen of reader.push(piece)) {
      if ('mark' in seen) on.mark(seen.mark)
      else if ('trouble' in seen) on.trouble(seen.trouble)
      else on.segment(seen)
    }
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

function endOf(child: ChildProcess): Promise<string> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_KEPT)
  })
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(said.trim() || (signal ?? `exit code ${code}`)))
  })
}
