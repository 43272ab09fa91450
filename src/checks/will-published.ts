import { brokerHeardMs, type Connection } from '../evidence/connection.ts'
import type { Window } from '../model/verdict.ts'
import { clause } from '../timing/spec.ts'
import type { Windows } from '../timing/windows.ts'
import type { Check, Finding } from './check.ts'
import type { History } from './history.ts'
import { connectionUnderTest } from './subject.ts'
import { brokerClosedMs, brokerTold, outagesOf, type Told } from './told.ts'
import { chosenWindow, inconclusive, type WindowParams, windowParams, withinWindow } from './window.ts'
import { seconds } from './words.ts'

/** 3.1.1 and 5.0 [MQTT-3.1.2-8]; MQTT 5.0 may delay it (Will Delay Interval, §3.1.3.2.2). */
export const willPublished: Check<WindowParams> = {
  name: 'will-published',
  summary: 'the will reaches the witness once the broker knows that the client is gone',
  options: windowParams,
  needsControl: 'all',
  judge(params, history, windows) {
    const connection = connectionUnderTest(history)
    if (typeof connection === 'string') return inconclusive(connection)
    const willMs = history.peers.find(
      ({ who, what, atMs }) => who === 'witness' && what === 'will' && atMs >= (connection.establishedMs ?? Infinity),
    )?.atMs
    return will({ params, history, windows, connection, willMs: willMs ?? null })
  },
}

interface Case {
  readonly params: WindowParams
  readonly history: History
  readonly windows: Windows
  readonly connection: Connection
  readonly willMs: number | null
}

function will(the: Case): Finding {
  const told = brokerTold(the.history, the.connection)
  const closedMs = brokerClosedMs(the.history, the.connection)
  return told && told.atMs <= (closedMs ?? Infinity) ? afterTold(the, told) : afterSilence(the, closedMs)
}

function afterTold(the: Case, { atMs, by, graceful }: Told): Finding {
  if (graceful) return suppressed(the, atMs, by)
  const { sealed } = the.connection
  if (sealed && the.willMs === null && by.startsWith("the client's")) {
    const reason = `the link can't read ${sealed}: whether the client sent a DISCONNECT, which deletes the will, is not to be seen`
    return inconclusive(reason, { sinceMs: atMs })
  }
  const since = `${by} reached the broker`
  const outage = outagesOf(the.history).find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs)
  if (!outage) return counted(the, atMs, since, the.windows.will)
  // What arrives at a stopped process waits in its socket until the process runs again.
  const learns = outage.what === 'frozen' && outage.untilMs <= the.history.endMs
  return learns
    ? counted(the, outage.untilMs, `the broker ran again and found ${by}`, the.windows.will)
    : inconclusive(`the broker was ${outage.what} by the scenario when ${since}`, { sinceMs: atMs })
}

/** The broker had to find out by itself first, or still has to. */
function afterSilence(the: Case, closedMs: number | undefined): Finding {
  const { history, connection, windows, willMs } = the
  const overMs = closedMs ?? history.endMs
  const outage = outagesOf(history).find(({ fromMs }) => fromMs <= overMs)
  if (outage) return inconclusive(`the broker was ${outage.what} by the scenario and could not find out`)
  if (willMs !== null && closedMs === undefined)
    return fail(`the will was published at ${seconds(willMs)}, though nothing had ended the connection`, null, willMs)
  const lastMs = brokerHeardMs(connection).findLast(atMs => atMs <= overMs)
  if (lastMs === undefined) return inconclusive('no client packet reached the broker')
  const byDefault = windows.brokerDrops && inTurn(windows.brokerDrops, windows.will)
  return counted(the, lastMs, 'the last client packet the broker received', byDefault)
}

function counted(the: Case, sinceMs: number, since: string, byDefault: Window | undefined): Finding {
  const { params, history, windows, willMs: seenMs } = the
  const window = chosenWindow(params, byDefault, history.keepaliveMs)
  if (!window) return inconclusive('keep-alive 0: the broker has no duty to find out, and nobody told it', { sinceMs })
  const { keepaliveMs, endMs } = history
  // Cause and effect are dated by two clocks where the kernel dates the one.
  const inOrder = seenMs === null || seenMs >= sinceMs || seenMs < sinceMs - windows.resolutionMs
  const words = { did: 'will published', didNot: 'no will published' }
  return withinWindow({ window, keepaliveMs, sinceMs, seenMs: inOrder ? seenMs : sinceMs, endMs, since, ...words })
}

/** First the one, then the other. */
const inTurn = (first: Window, then: Window): Window => ({
  earliestMs: first.earliestMs + then.earliestMs,
  latestMs: first.latestMs + then.latestMs,
  origin: first.origin,
  source: `the broker's window, then ${then.source}`,
})

/** A DISCONNECT deletes the will. */
function suppressed({ history, willMs }: Case, atMs: number, by: string): Finding {
  const rule = clause('will', history.scenario.client.protocol)
  return willMs === null
    ? fail(`no will: ${by} reached the broker at ${seconds(atMs)} and deleted it (${rule})`, atMs, null)
    : fail(`the will was published though ${by} had deleted it (${rule})`, atMs, willMs)
}

const fail = (reason: string, sinceMs: number | null, seenMs: number | null): Finding => ({
  result: 'fail',
  sinceMs,
  seenMs,
  window: null,
  reason,
})
