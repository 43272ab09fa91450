import { dirname, resolve } from 'node:path'
import { realClock } from '../../clock/real.ts'
import { startDate } from '../../engine/run.ts'
import { writeEvidence } from '../../evidence/write.ts'
import type { Layer } from '../../link/pipe/ends.ts'
import { type Relay, startRelay } from '../../link/pipe/relay.ts'
import { packageVersion } from '../../model/package.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireWritable, unwritable, unwrittenReport, writeReport } from '../../terminal/files.ts'
import { keepaliveSeconds } from '../../terminal/options.ts'
import { complain } from '../../terminal/say.ts'
import { unlessStopped, untilStopped } from '../../terminal/stop.ts'
import { openTerminal, type Terminal } from '../../terminal/terminal.ts'
import { isLoopback } from '../../text/address.ts'
import { wrap } from '../../text/layout.ts'
import { DEFAULTS } from './defaults.ts'
import { deviceTls } from './device-tls.ts'
import { formatOf } from './formats.ts'
import { type DeviceOptions, type Wanted, wantedFrom } from './options.ts'
import { planText, type Setting } from './programme.ts'
import { absent, type Reported } from './report/document.ts'
import { resultOf, verdictText } from './report/results.ts'
import { type DeviceRun, runDevice } from './run-device.ts'
import { hostsOf, openUpstream, placesOf, spelled, type Upstream } from './upstream.ts'
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
  await requireWritable(options.report ?? [], unwrittenReport)
  await requireWritable([options.evidence], unwritable)
  return untilStopped(async stop => {
    await using upstream = await unlessStopped(openUpstream(options.broker, realClock(), options), stop)
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
  const layer = options.tls ? await deviceTls({ options, upstream, hosts: hostsOf(options.listen) }) : undefined
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
      relay = await listen(entrance, upstream, options, layer)
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

const listen = (
  entrance: Parameters<typeof startRelay>[0],
  { address }: Upstream,
  options: DeviceOptions,
  layer: Layer | undefined,
) =>
  startRelay(entrance, address, { ...options.listen, layer }).catch((error: Error) => {
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

/** What to type to test the device in the same way again. Options that only say what to write are left out. */
function commandOf(options: DeviceOptions, listen: string): string {
  const { broker, clientId, giveUp, connack, back, refuse, attempts, backoffTime, payload, messages } = options
  const given: readonly (readonly [option: string, value: string | undefined, byDefault?: string])[] = [
    ['--listen', listen],
    ['--broker', broker, DEFAULTS.broker],
    ['--client-id', clientId],
    ['--give-up', giveUp, DEFAULTS.giveUp],
    ['--connack', connack, DEFAULTS.connack],
    ['--back', back, DEFAULTS.back],
    ['--refuse', refuse, DEFAULTS.refuse],
    ['--attempts', String(attempts), String(DEFAULTS.attempts)],
    ['--backoff-time', backoffTime, DEFAULTS.backoffTime],
    ['--payload', payload, DEFAULTS.payload],
  ]
  const words = given.flatMap(([option, value, byDefault]) =>
    value === undefined || value === byDefault ? [] : [option, quoted(value)],
  )
  const flags = [...(options.websocket ? ['--websocket'] : []), ...(messages === false ? ['--no-messages'] : [])]
  return ['halfopen device', ...words, ...flags].join(' ')
}

/** For a POSIX shell. */
const quoted = (text: string): string => (/^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** Writes what was asked for. What could not be written. */
async function saveAll(reported: Reported, { report = [], evidence }: DeviceOptions): Promise<readonly string[]> {
  const reports = report.map(async file => {
    const format = formatOf(file)
    return format ? writeReport(file, await format(reported)) : []
  })
  const saved = evidence === undefined ? [] : [saveEvidence(evidence, reported)]
  return (await Promise.all([...reports, ...saved])).flat()
}

const saveEvidence = (file: string, { run }: Reported): Promise<readonly string[]> =>
  writeEvidence(file, run.evidence).then(
    () => [],
    (error: Error) => [unwritable(resolve(file), error)],
  )
