import { rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { LabSettings } from '../labs/lab.ts'
import type { Earlier, Verdict } from '../model/verdict.ts'
import type { Catalog } from '../plugins.ts'
import { makeFolder } from '../text/write-files.ts'
import type { OrderPart, PlayedOrder } from './order.ts'
import { type PlayContext, play } from './play-scenario.ts'

/** Played at the same time as a replay, at the most: nearly alone, since a suite may hold scenarios of many minutes. */
const FEW = 4
/** Replays at the same time, but for the last attempt of one, which no other replay disturbs. */
const TOGETHER = 4

/** Who plays for the first time, and who again. */
export interface Replays {
  /** A scenario plays for the first time, until the result is called. */
  first(): () => void
  /** Resolves when it is this one's turn to be played again, `alone` or beside few, with what is to be called at its end. */
  again(signal: AbortSignal, alone: boolean): Promise<() => void>
}

/** Few replays at a time, and only while few others play. */
export function replays(): Replays {
  const waiting: { readonly alone: boolean; readonly go: () => void }[] = []
  let playing = 0
  let replaying = 0
  let isAlone = false

  const pump = () => {
    for (;;) {
      const [next] = waiting
      if (!next || playing > FEW || isAlone || replaying >= (next.alone ? 1 : TOGETHER)) return
      waiting.shift()
      replaying++
      isAlone = next.alone
      next.go()
    }
  }
  return {
    first() {
      playing++
      let isIn = true
      return () => {
        if (isIn) playing--
        isIn = false
        pump()
      }
    },
    again: (signal, alone) =>
      new Promise(resolve => {
        const leave = () => {
          replaying--
          isAlone = false
          pump()
        }
        const entry = {
          alone,
          go() {
            signal.removeEventListener('abort', stop)
            resolve(leave)
          },
        }
        const stop = () => {
          const at = waiting.indexOf(entry)
          if (at >= 0) waiting.splice(at, 1)
          resolve(() => {})
        }
        signal.addEventListener('abort', stop, { once: true })
        waiting.push(entry)
        pump()
      }),
  }
}

/** The harness or the machine spoilt it, and the same scenario may well say something the next time. A fail is never played again. */
export const isWorthReplaying = ({ report }: PlayedOrder): boolean =>
  report.verdict !== undefined && isSpoilt(report.verdict)

export const isSpoilt = ({ result, blame }: Verdict): boolean => result === 'inconclusive' && blame === 'harness'

/** The next attempt, under another name at the broker, which may still hold a session of the one before. */
export const attempt = (part: OrderPart, number: number): OrderPart =>
  number === 1 ? part : { ...part, runId: `${part.runId}-${number}` }

/**
 * What its lab is given for a replay: where time is faster, half the speed, and a quarter of it the next time. What the machine takes counts
 * half as much then. A speed that was asked for stays.
 */
export function slower(
  { lab, scenario }: OrderPart,
  { labs }: Pick<Catalog, 'labs'>,
  settings: LabSettings | undefined,
): LabSettings | undefined {
  const speed = labs.get(lab)?.speed?.(scenario, settings) ?? 1
  if (speed === 1 || settings?.speed !== undefined) return settings
  return { ...settings, speed: String(Math.max(1, speed / 2)) }
}

interface PlayingAgain {
  /** What each further attempt is played in. */
  again(): PlayContext
  /** Further attempts. */
  readonly most: number
  readonly repeats: Replays
}

/** Plays it, and again where the harness or the machine spoilt it. What came before stands in the report. */
export async function playUntilTold(
  part: OrderPart,
  context: PlayContext,
  { again, most, repeats }: PlayingAgain,
): Promise<PlayedOrder> {
  const before: Earlier[] = []
  const leave = repeats.first()
  let played = await play(part, context).finally(leave)
  while (isWorthReplaying(played) && before.length < most && !context.signal.aborted) {
    before.push(await earlier(played, before.length + 1))
    const done = await repeats.again(context.signal, before.length === most)
    played = await play(attempt(part, before.length + 1), again()).finally(done)
  }
  return before.length === 0 ? played : { ...played, report: { ...played.report, earlier: before } }
}

/** What an attempt came to that is played again. Its evidence is put aside, so that a folder's evidence holds each scenario once. */
export async function earlier({ report }: PlayedOrder, number: number): Promise<Earlier> {
  const { verdict, evidence } = report
  const excused = verdict?.outcomes.find(({ blame }) => blame !== undefined)
  const reason = excused?.reason ?? verdict?.troubles[0] ?? 'the machine stood still'
  const aside = evidence === undefined ? undefined : await putAside(evidence, number)
  return { reason, ...(aside !== undefined && { evidence: aside }) }
}

async function putAside(file: string, number: number): Promise<string | undefined> {
  const target = join(dirname(file), 'inconclusive', basename(file).replace(/(\.ndjson)?$/, `.${number}$1`))
  try {
    await makeFolder(dirname(target))
    await rename(file, target)
    return target
  } catch {
    // The next attempt writes over it.
    return undefined
  }
}
