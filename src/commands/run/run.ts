import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { realClock } from '../../clock/real.ts'
import { packageVersion } from '../../model/package.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { lengthMs } from '../../reporters/progress.ts'
import { type Plan, tally } from '../../reporters/reporter.ts'
import { chooseScenarios } from '../../terminal/choose.ts'
import { closingWords, EXIT, exitCodeOf, unknownName } from '../../terminal/exit.ts'
import { writeReport } from '../../terminal/files.ts'
import { limitsHere } from '../../terminal/limits.ts'
import { theProject } from '../../terminal/project.ts'
import { RUN_ADDRESSES, requireAddresses, roomIn } from '../../terminal/require.ts'
import { saveCaptures } from '../../terminal/save-captures.ts'
import { savePage } from '../../terminal/save-page.ts'
import { complain } from '../../terminal/say.ts'
import { openSinks } from '../../terminal/sinks.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { plural } from '../../text/words.ts'
import { labOf, labsOf, orderFor, REPLAYS } from '../../vitest/order.ts'
import { evidenceFolder } from './evidence-folder.ts'
import type { RunCommandOptions } from './options.ts'
import { playAll } from './play-all.ts'
import { chooseReporters } from './reporters.ts'
import { costMs, shareOf } from './share.ts'

const MOST_JOBS = 200

/** In CI a run that failed has a page beside its evidence, since it can hardly be played there again. */
function pageFile(html: string | undefined, dir: string | undefined, reports: readonly ScenarioReport[]) {
  const isWanted = process.env.CI === 'true' && dir !== undefined && tally(reports).fail > 0
  return html ?? (isWanted ? join(dir, 'run.html') : undefined)
}

/** `halfopen run`: choose, play, report. Its exit code. */
export async function runScenarios(files: readonly string[], options: RunCommandOptions): Promise<number> {
  const run = await prepared(files, options)
  const { order, plan, folder, chosen, terminal, clock } = run
  for (const note of run.notes) complain(`halfopen: ${note}\n`)
  // More shards than scenarios: it was asked for nothing, and has done it. What the shards came to together is for merge to say.
  if (order.parts.length === 0) {
    await folder.over?.()
    return run.unreadable ? EXIT.unreadable : EXIT.pass
  }
  const sinks = openSinks(chosen.ours, options, plan, terminal)

  // vitest writes it, but would not play anything where it can't.
  const junitTroubles = options.junit === undefined ? [] : await writeReport(options.junit, '')
  const troubles = [...(folder.dir === undefined ? [folder.trouble] : []), ...junitTroubles]
  const played = await playAll({
    order,
    plan,
    terminal,
    sinks,
    clock,
    chosen,
    ...(options.junit === undefined || junitTroubles.length > 0 ? {} : { junit: options.junit }),
    jobs: run.jobs,
  })
  troubles.push(...played.troubles)

  const suite = { started: run.started, lab: plan.lab, durationMs: clock.nowMs(), reports: played.reports }
  sinks.finished(suite)
  troubles.push(...(await sinks.close()))
  troubles.push(...(await saveCaptures(options.pcap, played.reports)))
  const page = pageFile(options.html, folder.dir, played.reports)
  troubles.push(...(await savePage(page, suite, plan, terminal.look, troubles)))
  if (page !== undefined && options.html === undefined) complain(`halfopen: the run as a page: ${page}\n`)
  if (folder.dir !== undefined) await folder.over()
  const outcome = {
    ...played,
    total: plan.scenarios.length,
    troubles: [...new Set(troubles)],
    requireAll: order.requireAll,
    unreadable: run.unreadable,
  }
  const words = [...outcome.troubles.map(trouble => `halfopen: ${trouble}`), ...closingWords(outcome)]
  for (const text of words) complain(`${text}\n`)
  return exitCodeOf(outcome)
}

/** Everything that is decided before the first scenario is played. Complains of what is wrong with it. */
async function prepared(files: readonly string[], options: RunCommandOptions) {
  const { config, catalog, file: project } = theProject()
  const { labs } = catalog.vocabulary
  if (options.lab !== undefined && !labs.includes(options.lab)) throw unknownName('--lab', options.lab, labs)
  const chosen = chooseReporters(options.reporter, process.env.GITHUB_ACTIONS === 'true')
  const { scenarios: all, elsewhere, unreadable } = await chooseScenarios(files, options)
  if (unreadable !== undefined) complain(`${unreadable}\n`)
  requireAddresses(RUN_ADDRESSES)

  const clock = realClock()
  const terminal = await openTerminal(options.verbose)
  const started = new Date().toISOString()
  const labIn = (scenario: Scenario) => options.lab ?? labOf(scenario, config.lab)
  const costs = all.map(scenario => costMs(scenario, labIn(scenario), catalog))
  const share = shareOf(costs, options.shard)
  const scenarios = share.places.flatMap(place => all[place] ?? [])
  // A simulation opens none.
  const onSockets = scenarios.filter(scenario => !catalog.isVirtual(labIn(scenario)))
  // Before anything is made: it may complain.
  const room = roomIn(limitsHere().descriptors, onSockets, options.jobs ?? config.jobs ?? MOST_JOBS)
  const folder = await evidenceFolder(options.out ?? config.out, started, config.keep)
  const order = orderFor(all, {
    places: share.places,
    ...(options.lab === undefined ? {} : { lab: options.lab }),
    seed: options.seed ?? randomBytes(4).readUInt32BE(),
    replays: options.replays ?? config.replays ?? REPLAYS,
    ...(config.lab === undefined ? {} : { defaultLab: config.lab }),
    ...(project === undefined ? {} : { project }),
    ...(options.labSettings === undefined ? {} : { labSettings: options.labSettings }),
    ...(folder.dir === undefined ? {} : { dir: folder.dir }),
  })
  const inRealTime = order.parts.filter(({ lab }) => !catalog.isVirtual(lab))
  const notes = [share.note, room.note, lengthNote(inRealTime, room.jobs)].filter(note => note !== undefined)
  const plan: Plan = { halfopen: packageVersion(), lab: labsOf(order), seed: order.seed, scenarios, elsewhere }
  const isUnreadable = unreadable !== undefined
  return { order, plan, folder, chosen, terminal, clock, started, notes, jobs: room.jobs, unreadable: isUnreadable }
}

/** Shorter than this is waited for without a word. */
const LONG_MS = 60_000

/** What a run plays where time is real. */
export interface RealPart {
  readonly scenario: Scenario
}

/**
 * Says before a long run how long it takes, which scenario is the longest, and what virtual time offers; `undefined` where the
 * run is short. Scenarios overlap, up to `jobs` at once, so it takes as long as the longest of them, or as their sum over `jobs`.
 */
export function lengthNote(parts: readonly RealPart[], jobs: number): string | undefined {
  const lengths = parts.map(({ scenario }) => lengthMs(scenario))
  const longestMs = Math.max(0, ...lengths)
  const takesMs = Math.max(longestMs, lengths.reduce((sum, ms) => sum + ms, 0) / jobs)
  if (takesMs < LONG_MS) return undefined
  const longest = parts[lengths.indexOf(longestMs)]?.scenario.name ?? ''
  const virtual = parts.filter(({ scenario }) => scenario.lab?.includes('simulated') ?? true).length
  const which = parts.length === 1 ? 'it' : virtual === parts.length ? 'them all' : `${virtual} of them`
  const offer = virtual === 0 ? '' : `; --lab simulated plays ${which} in virtual time, in seconds`
  return `this takes about ${inWords(takesMs)} of real time: ${plural(parts.length, 'scenario')}, the longest ${inWords(longestMs)} (${longest})${offer}`
}

/** `90 s`, `12 min`, `3.5 h`. */
function inWords(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Number((ms / 3_600_000).toFixed(1))} h`
}
