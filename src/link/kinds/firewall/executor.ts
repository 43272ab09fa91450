import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { between, type Dated } from '../../../clock/clock.ts'
import { guardProcess, startReaper } from '../../../processes/reaper.ts'
import { toolEnv } from '../../../processes/run-tool.ts'
import { tetherByKernel } from '../../../processes/tether.ts'
import { AnswerReader, EXECUTOR } from './executor-program.ts'
import type { FirewallPlace } from './place.ts'

/** An RST as its receiver will believe it: from the peer's address, with the next byte's number. Addresses like `10.77.1.2:40000`. */
export interface Reset {
  readonly from: string
  readonly to: string
  readonly seq: number
  readonly ack: number
}

/** What was done, what was said of it, and between which moments of the run's clock it was done. */
export interface Done extends Dated {
  readonly said: string
}

/**
 * A process in the firewall's network that is there before it is needed, so that an order takes a millisecond and no process has
 * to be started for it. It reads the clock itself, right before and right after, so that nothing that this process is busy
 * with makes a date worse. Orders are carried out one after the other; each rejects where the kernel refuses it.
 */
export interface Executor extends AsyncDisposable {
  /** How exactly the kernel's timers count. */
  readonly tickMs: number
  /** Rules for nft(8), in one transaction. */
  nft(rules: string): Promise<Done>
  /** A shell script. */
  shell(script: string): Promise<Done>
  /** Empties the kernel's table of connections. */
  flush(): Promise<Done>
  /** Takes one connection out of that table, by its client's and its broker's address; no error where it is not there. */
  forget(client: string, broker: string): Promise<Done>
  /** Sends a segment that comes from neither peer: nft answers packets with RST, but only the sender, and only when there is one. */
  reset(reset: Reset): Promise<Done>
}

interface Waiting {
  done(done: Done): void
  failed(error: Error): void
}

/** `offsetMs`: what to add to the machine's monotonic clock for the run's. */
export async function startExecutor(place: FirewallPlace, offsetMs: number): Promise<Executor> {
  startReaper()
  const [program, ...own] = tetherByKernel(['perl', '-e', EXECUTOR])
  const [file, ...args] = place.enter(program, own)
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: toolEnv(),
  })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const waiting = new Map<number, Waiting>()
  const ended = endOf(child).finally(release)
  let gone: Error | undefined
  ended.then(why => {
    gone = new Error(`the firewall takes no orders any more: ${why}`)
    for (const each of waiting.values()) each.failed(gone)
    waiting.clear()
  })
  const reader = new AnswerReader()
  child.stdout.on('data', (piece: Buffer) => {
    for (const { id, ok, fromMs, toMs, said } of reader.push(piece)) {
      const each = waiting.get(id)
      waiting.delete(id)
      if (ok) each?.done({ ...between(fromMs + offsetMs, toMs + offsetMs), said })
      else each?.failed(new Error(complaintIn(said)))
    }
  })
  let asked = 0
  const ask = (what: string, text: string): Promise<Done> =>
    new Promise((done, failed) => {
      if (gone) return failed(gone)
      waiting.set(++asked, { done, failed })
      const bytes = Buffer.from(text)
      child.stdin.write(Buffer.concat([Buffer.from(`${asked} ${what} ${bytes.length}\n`), bytes]))
    })
  // Where it has ended, the orders hear of it.
  child.stdin.on('error', () => {})
  const { said: tick } = await ask('tick', '')
  return {
    tickMs: Number(tick),
    nft: rules => ask('nft', rules),
    shell: script => ask('shell', script),
    flush: () => ask('flush', ''),
    forget: (client, broker) => ask('forget', `${client} ${broker}`),
    reset: ({ from, to, seq, ack }) => ask('reset', `${from} ${to} ${seq} ${ack}`),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** nft shows all of the rules that it complains of, behind its complaint. */
const complaintIn = (said: string): string => /^.*Error: .*$/m.exec(said)?.[0] ?? said.trim()

/** Resolves with its complaint once it is gone. */
function endOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<string> {
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  return new Promise(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(said.trim() || (signal ?? `exit code ${code}`)))
  })
}
