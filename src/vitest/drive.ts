import { fileURLToPath } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import type { InlineConfig, Reporter, TestCase, Vitest } from 'vitest/node'
import { vigil } from '../hosts/vigil.ts'
import { type HalfopenMeta, PING, type PlayedOrder, STOP, type SuiteOrder } from './order.ts'

/** Names and options of vitest's own reporters, as its config takes them. */
export type VitestReporters = NonNullable<Extract<InlineConfig['reporters'], readonly unknown[]>>[number]

export interface Drive {
  readonly order: SuiteOrder
  /** Whether the time of this lab is no real one. */
  readonly isVirtual: (lab: string) => boolean
  /** Scenarios at once. */
  readonly jobs: number
  readonly reporters: readonly VitestReporters[]
  /** Where vitest itself and its reporters print. */
  readonly stdout: NodeJS.WriteStream
  /** Abort it and every run stops at once; what has ended is kept. */
  readonly signal: AbortSignal
  started(part: number): void
  ended(part: number, played: PlayedOrder): void
  /** Trouble of the harness that belongs to no scenario. */
  trouble(message: string): void
  /** What peers and plug-ins print. */
  chatter(text: string): void
}

const SUITES = {
  real: fileURLToPath(new URL('./suite.js', import.meta.url)),
  virtual: fileURLToPath(new URL('./suite-virtual.js', import.meta.url)),
}

/**
 * Plays the order in vitest, in worker threads of this process, with no config file of anybody's. Rejects where the thread that plays
 * in real time does not answer any more; then it is left as it is.
 */
export async function drive(job: Drive): Promise<void> {
  const vitest = await create(job, () => forget())
  const channel = new BroadcastChannel(job.order.stop)
  const stop = () => {
    channel.postMessage(STOP)
    // Whatever it comes to, the runs were told already.
    vitest.cancelCurrentRun('keyboard-input').catch(() => undefined)
  }
  const { stuck, forget } = watchThread(channel, job)
  job.signal.addEventListener('abort', stop, { once: true })
  const play = async () => {
    try {
      if (!job.signal.aborted) await vitest.start()
    } finally {
      forget()
      await vitest.close()
    }
  }
  try {
    await Promise.race([play(), stuck])
  } finally {
    forget()
    job.signal.removeEventListener('abort', stop)
    channel.close()
  }
}

/** `stuck` rejects once the thread of the parts in real time has been silent for long. A simulation keeps its own thread busy. */
function watchThread(channel: BroadcastChannel, { order: { parts }, isVirtual }: Drive) {
  let forget = () => {}
  const stuck = new Promise<never>((_, reject) => {
    if (parts.every(({ lab }) => isVirtual(lab))) return
    const watch = vigil(
      () => channel.postMessage(PING),
      silentMs => {
        const forS = silentMs / 1000
        reject(new Error(`the thread that plays the scenarios did not answer for ${forS} s, so the run was given up`))
      },
    )
    channel.onmessage = () => watch.heard()
    watch.begin()
    forget = () => watch.end()
  })
  return { stuck, forget: () => forget() }
}

async function create(job: Drive, realOver: () => void): Promise<Vitest> {
  const { createVitest } = await import('vitest/node').catch(notInstalled)
  const before = signalListeners()
  const vitest = await createVitest('test', configFor(job, realOver), {}, { stdout: job.stdout })
  // vitest exits the process on SIGINT; here the runs are ended first.
  for (const [signal, listener] of signalListeners()) {
    if (!before.some(([, known]) => known === listener)) process.off(signal, listener)
  }
  return vitest
}

/** A peer dependency: some package managers leave it to the user. */
function notInstalled(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
  throw new Error(`vitest can't be loaded; add it: npm install --save-dev vitest\n${error.message}`)
}

const configFor = (job: Drive, realOver: () => void): InlineConfig & { config: false } => ({
  config: false,
  watch: false,
  cache: false,
  root: process.cwd(),
  include: suitesFor(job),
  exclude: [],
  pool: 'threads',
  // A thread for real time, and one for virtual time.
  maxWorkers: 2,
  isolate: false,
  maxConcurrency: job.jobs,
  // Node loads our own files faster than vite would transform them.
  server: { deps: { external: [/.*/] } },
  reporters: [listen(job, realOver), ...job.reporters],
  provide: { halfopen: job.order },
})

const suitesFor = ({ order, isVirtual }: Drive): string[] =>
  [...new Set(order.parts.map(({ lab }) => SUITES[isVirtual(lab) ? 'virtual' : 'real']))].map(file =>
    file.replace(/[\\()[\]{}!*?@+|]/g, '\\$&'),
  )

const signalListeners = () =>
  (['SIGINT', 'SIGTERM'] as const).flatMap(signal =>
    process.listeners(signal).map(listener => [signal, listener] as const),
  )

/** Our ear in vitest's main thread. `realOver`: the parts in real time have all been played. */
function listen(job: Drive, realOver: () => void): Reporter {
  return {
    // Its thread may end with it, while the one of virtual time plays on.
    onTestModuleEnd: ({ moduleId }) => void (moduleId === SUITES.real && realOver()),
    onTestCaseReady: test => job.started(partOf(test)),
    onTestCaseResult(test) {
      const played = metaOf(test).halfopen
      if (played) job.ended(partOf(test), played)
      else for (const { message } of test.result().errors ?? []) job.trouble(`${test.name}: ${message}`)
    },
    onTestRunEnd(modules, errors) {
      for (const { message } of [...modules.flatMap(module => module.errors()), ...errors]) job.trouble(message)
    },
    onUserConsoleLog: ({ content }) => job.chatter(content),
  }
}

const metaOf = (test: TestCase) => test.meta() as HalfopenMeta
const partOf = (test: TestCase): number => metaOf(test).halfopenPart
