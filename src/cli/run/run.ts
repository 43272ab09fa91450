import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { realClock } from '../../clock/real.ts'
import { packageVersion } from '../../model/package.ts'
import type { ScenarioReport } from '../../model/report.ts'
import type { Plan } from '../../reporters/reporter.ts'
import { tally } from '../../reporters/result.ts'
import { labOf, labsOf, orderFor, REPLAYS } from '../../vitest/order.ts'
import { limitsHere } from '../limits.ts'
import { unknownName } from '../nearest.ts'
import { saveCaptures } from '../pages/save-captures.ts'
import { savePage } from '../pages/save-page.ts'
import { theProject } from '../project.ts'
import { RUN_ADDRESSES, requireAddresses } from '../require.ts'
import { complain } from '../say.ts'
import { openTerminal } from '../terminal.ts'
import { chooseScenarios } from './choose.ts'
import { evidenceFolder } from './folder.ts'
import { lengthNote } from './length.ts'
import type { RunOptions } from './options.ts'
import { closingWords, exitCodeOf } from './outcome.ts'
import { playAll } from './play-all.ts'
import { writeReport } from './report-file.ts'
import { chooseReporters } from './reporters.ts'
import { roomIn } from './room.ts'
import { openSinks } from './sinks.ts'

const MOST_JOBS = 200

/** In CI a run that failed has a page beside its evidence, since it can hardly be played there again. */
function pageFile(html: string | undefined, dir: string | undefined, reports: readonly ScenarioReport[]) {
  const isWanted = process.env.CI === 'true' && dir !== undefined && tally(reports).fail > 0
  return html ?? (isWanted ? join(dir, 'run.html') : undefined)
}

/** `halfopen run`: choose, play, report. Its exit code. */
export async function runScenarios(files: readonly string[], options: RunOptions): Promise<number> {
  const { config, catalog, file: project } = theProject()
  const { labs } = catalog.vocabulary
  if (options.lab !== undefined && !labs.includes(options.lab)) throw unknownName('--lab', options.lab, labs)
  const chosen = chooseReporters(options.reporter, process.env.GITHUB_ACTIONS === 'true')
  const { scenarios, elsewhere, unreadable } = await chooseScenarios(files, options)
  if (unreadable !== undefined) complain(`${unreadable}\n`)
  requireAddresses(RUN_ADDRESSES)

  const clock = realClock()
  const terminal = await openTerminal(options.verbose)
  const started = new Date().toISOString()
  // A simulation opens none.
  const onSockets = scenarios.filter(scenario => !catalog.isVirtual(options.lab ?? labOf(scenario, config.lab)))
  // Before anything is made: it may complain.
  const room = roomIn(limitsHere().descriptors, onSockets, options.jobs ?? config.jobs ?? MOST_JOBS)
  const folder = await evidenceFolder(options.out ?? config.out, started, config.keep)
  const order = orderFor(scenarios, {
    ...(options.lab === undefined ? {} : { lab: options.lab }),
    seed: options.seed ?? randomBytes(4).readUInt32BE(),
    replays: options.replays ?? config.replays ?? REPLAYS,
    ...(config.lab === undefined ? {} : { defaultLab: config.lab }),
    ...(project === undefined ? {} : { project }),
    ...(options.labSettings === undefined ? {} : { labSettings: options.labSettings }),
    ...(folder.dir === undefined ? {} : { dir: folder.dir }),
  })
  const length = lengthNote(
    order.parts.filter(({ lab }) => !catalog.isVirtual(lab)),
    room.jobs,
  )
  for (const note of [room.note, length]) if (note !== undefined) complain(`halfopen: ${note}\n`)
  const plan: Plan = { halfopen: packageVersion(), lab: labsOf(order), seed: order.seed, scenarios, elsewhere }
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
    jobs: room.jobs,
  })
  troubles.push(...played.troubles)

  const suite = { started, lab: plan.lab, durationMs: clock.nowMs(), reports: played.reports }
  sinks.finished(suite)
  troubles.push(...(await sinks.close()))
  troubles.push(...(await saveCaptures(options.pcap, played.reports)))
  const page = pageFile(options.html, folder.dir, played.reports)
  troubles.push(...(await savePage(page, suite, plan, terminal.look, troubles)))
  if (page !== undefined && options.html === undefined) complain(`halfopen: the run as a page: ${page}\n`)
  if (folder.dir !== undefined) await folder.over()
  const outcome = {
    ...played,
    total: scenarios.length,
    troubles: [...new Set(troubles)],
    requireAll: order.requireAll,
    unreadable: unreadable !== undefined,
  }
  const words = [...outcome.troubles.map(trouble => `halfopen: ${trouble}`), ...closingWords(outcome)]
  for (const text of words) complain(`${text}\n`)
  return exitCodeOf(outcome)
}
