import { randomBytes } from 'node:crypto'
import { realClock } from '../../clock/real.ts'
import { hintFor } from '../../probe/hints.ts'
import { reportJson } from '../../probe/json.ts'
import { probe, TIME_LIMIT } from '../../probe/probe.ts'
import { progressText } from '../../probe/progress.ts'
import { parseTarget, type Target, targetName } from '../../probe/target.ts'
import { type Report, reportText } from '../../probe/text.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { milliseconds } from '../../terminal/options.ts'
import { requireDescriptors } from '../../terminal/require.ts'
import { complain } from '../../terminal/say.ts'
import { untilStopped } from '../../terminal/stop.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'

export interface ProbeOptions {
  readonly max: string
  readonly connections: number
  readonly patience?: string
  readonly insecure?: boolean
  readonly json?: boolean
}

/** Beside its connections. */
const OF_NODE = 64

/** `halfopen probe`: its exit code is 0 where it has an answer, a time-out or none. */
export async function runProbe(url: string, options: ProbeOptions): Promise<number> {
  const target = targetOf(url, options)
  const maxMs = milliseconds('--max', options.max)
  const patienceMs = options.patience === undefined ? undefined : milliseconds('--patience', options.patience)
  requireDescriptors(OF_NODE + options.connections)
  const terminal = await openTerminal()
  const clock = realClock()
  complain(
    `up to ${options.connections} connections, silences of at most ${Math.ceil((TIME_LIMIT * maxMs) / 1000)} s; Ctrl-C shows what is known by then\n`,
  )
  return untilStopped(async ({ signal }) => {
    const report = await probe({
      target,
      clock,
      id: `hp${randomBytes(3).toString('hex')}`,
      maxMs,
      connections: options.connections,
      ...(patienceMs === undefined ? {} : { patienceMs }),
      signal,
      progress: (observations, waiting) => {
        if (terminal.redraws) terminal.live(progressText(observations, waiting, clock.nowMs()))
      },
    }).catch((error: Error) => {
      const hint = hintFor(error.message)
      const name = targetName(target)
      const told = error.message.includes(name) ? error.message : `${name}: ${error.message}`
      throw new Complaint(`error: ${told}${hint === undefined ? '' : `\n${hint}`}`, EXIT.inconclusive)
    })
    terminal.live('')
    terminal.print(options.json ? reportJson(harmless(report)) : reportText(harmless(report)))
    return exitCodeOf(report)
  })
}

const exitCodeOf = ({ findings }: Report): number =>
  findings.dead === undefined && findings.aliveMs === 0 ? EXIT.inconclusive : EXIT.pass

/** From the URL, and what should not stand in one from the environment. */
function targetOf(url: string, { insecure }: ProbeOptions): Target {
  const target = parseTarget(url)
  if (typeof target === 'string') throw new Complaint(`error: ${target}`, EXIT.usage)
  const { MQTT_USERNAME: username, MQTT_PASSWORD: password } = process.env
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...target,
    ...(insecure ? { insecure } : {}),
  }
}
