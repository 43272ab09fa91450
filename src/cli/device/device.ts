import { dirname, resolve } from 'node:path'
import { realClock } from '../../clock/real.ts'
import type { Setting } from '../../device/header.ts'
import { planText } from '../../device/plan.ts'
import { absent } from '../../device/report/absent.ts'
import type { Reported } from '../../device/report/report.ts'
import { resultOf, verdictText } from '../../device/report/results.ts'
import { type DeviceRun, runDevice } from '../../device/run.ts'
import { startDate } from '../../engine/run.ts'
import { type Relay, startRelay } from '../../link/pipe/relay.ts'
import { packageVersion } from '../../model/package.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { keepaliveSeconds } from '../../terminal/options.ts'
import { complain } from '../../terminal/say.ts'
import { unlessStopped, untilStopped } from '../../terminal/stop.ts'
import { openTerminal, type Terminal } from '../../terminal/terminal.ts'
import { wrap } from '../../text/layout.ts'
import { commandOf } from './command.ts'
import { saveAll } from './deliver.ts'
import { type DeviceOptions, type Wanted, wantedFrom } from './options.ts'
import { isLoopback, placesOf, spelled } from './place.ts'
import { openUpstream, type Upstream } from './upstream.ts'
import { DeviceWatch } from './watch.ts'

/** The local lab's: real sockets, dated by this process. */
const RESOLUTION_MS = 2

/** `halfopen device`: its exit code. */
export async function testDevice(options: DeviceOptions): Promise<number> {
  const wanted = wantedFrom(options)
  const terminal = await openTerminal()
  if (options.plan !== undefined) {
    const keepaliveS = options.plan === true ? 60 : keepaliveSeconds('--plan', options.plan)
    terminal.print(planText(wanted.steps, wanted.limits, keepaliveS, terminal.look.width))
    return EXIT.pass
  }
  return untilStopped(async stop => {
    await using upstream = await unlessStopped(openUpstream(options.broker, realClock()), stop)
    refuseBlindly(upstream, wanted)
    const reported = await play(options, wanted, upstream, terminal, stop.signal)
    terminal.print(`\n${closing(reported.run, terminal)}\n`)
    const troubles = await saveAll(reported, options)
    reported.run.evidence.whole?.dispose()
    for (const trouble of troubles) complain(`error: ${trouble}\n`)
    return exitCodeOf(reported.run, options.strict === true, troubles)
  })
}

function refuseBlindly({ tls }: Upstream, { limits }: Wanted): void {
  if (tls && limits.refuse === 'connack')
    throw new Complaint(
      "error: --refuse connack answers a CONNECT, and the link can't read TLS: say rst or fin",
      EXIT.usage,
    )
}

async function play(
  options: DeviceOptions,
  { limits, steps }: Wanted,
  upstream: Upstream,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Reported> {
  const clock = realClock()
  const setting: Setting = {
    halfopen: packageVersion(),
    broker: upstream.broker,
    started: startDate(clock),
    resolutionMs: RESOLUTION_MS,
  }
  let relay: Relay | undefined
  let watch: DeviceWatch | undefined
  const watching = () => {
    if (!watch) throw new Error('nobody watches yet')
    return watch
  }
  const run = await runDevice({
    clock,
    setting,
    limits,
    steps,
    signal,
    ...(options.pid !== undefined && { suspend: suspender(options.pid) }),
    ...(options.clientId === undefined ? {} : { clientId: options.clientId }),
    tls: upstream.tls,
    ...(options.evidence !== undefined && { folder: dirname(resolve(options.evidence)) }),
    random: Math.random,
    watcher: {
      waiting: waiting => watching().waiting(waiting),
      begun: step => watching().begun(step),
      arrived: subject => watching().arrived(subject),
      ended: outcome => watching().ended(outcome),
      stranger: clientId => watching().stranger(clientId),
    },
    plug: async entrance => {
      relay = await listen(entrance, upstream, options)
      warnIfOpen(relay)
      watch = new DeviceWatch(terminal, clock, placesOf(relay.address))
      return relay
    },
  }).finally(() => watch?.stop())
  const { host, port } = relay?.address ?? options.listen
  const listening = spelled(host, port)
  const evidence = options.evidence === undefined ? {} : { evidence: options.evidence }
  return {
    run,
    setting,
    limits,
    listen: listening,
    upstream: upstream.at,
    command: commandOf(options, listening),
    ...evidence,
  }
}

/** A program that has ended meanwhile is found out by its connection. */
const suspender = (pid: number) => (stopped: boolean) => {
  try {
    process.kill(pid, stopped ? 'SIGSTOP' : 'SIGCONT')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const listen = (entrance: Parameters<typeof startRelay>[0], { address }: Upstream, options: DeviceOptions) =>
  startRelay(entrance, address, options.listen.port, options.listen.host).catch((error: Error) => {
    throw new Complaint(`error: --listen: ${error.message}`, EXIT.inconclusive)
  })

function warnIfOpen({ address: { host, port } }: Relay): void {
  if (isLoopback(host)) return
  complain(
    `${spelled(host, port)} is no loopback address: every machine that reaches it can use the broker behind it.\n`,
  )
}

function closing(run: DeviceRun, { look }: Terminal): string {
  const words = run.subject ? verdictText(run) : `inconclusive: ${absent(run)}`
  return wrap(words, look.width).join('\n')
}

function exitCodeOf(run: DeviceRun, strict: boolean, troubles: readonly string[]): number {
  const result = resultOf(run)
  if (result === 'fail' || (strict && result === 'warning')) return EXIT.failed
  return result === 'inconclusive' || troubles.length > 0 ? EXIT.inconclusive : EXIT.pass
}
