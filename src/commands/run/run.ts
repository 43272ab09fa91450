import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { realClock } from '../../clock/real.ts'
import { redactScenario } from '../../evidence/redact.ts'
import { digestOf, seedOf } from '../../evidence/run-record.ts'
import type { LinkKind } from '../../link/kinds/link.ts'
import { shareOfFleet } from '../../model/fleet-share.ts'
import { packageVersion } from '../../model/package.ts'
import type { Registry } from '../../model/plugin.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { ScenarioReport } from '../../model/verdict.ts'
import { type Plan, tally } from '../../reporters/reporter.ts'
import { chooseScenarios } from '../../terminal/choose.ts'
import { Complaint, closingWords, EXIT, exitCodeOf, unknownName } from '../../terminal/exit.ts'
import { unwritable } from '../../terminal/files.ts'
import { limitsHere } from '../../terminal/limits.ts'
import { theProject } from '../../terminal/project.ts'
import { RUN_ADDRESSES, requireAddresses, requireFleets, roomIn } from '../../terminal/require.ts'
import { rawFilesIn, saveCaptures } from '../../terminal/save-captures.ts'
import { savePage } from '../../terminal/save-page.ts'
import { complain, say } from '../../terminal/say.ts'
import { openSinks } from '../../terminal/sinks.ts'
import { openTerminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { plural } from '../../text/words.ts'
import { makeFolder } from '../../text/write-files.ts'
import { labOf, labsOf, type OrderPart, orderFor, REPLAYS } from '../../vitest/order.ts'
import { codeOf, rehearsalText, rehearse } from './dry-run.ts'
import { evidenceFolder } from './evidence-folder.ts'
import { lastFailed, rememberFailed } from './failed-runs.ts'
import { keepRecord } from './keep-record.ts'
import { lengthNote } from './length.ts'
import { type RunCommandOptions, type SettledOptions, settled } from './options.ts'
import { playAll } from './play-all.ts'
import { chooseReporters } from './reporters.ts'
import { costMs, shareOf, shareOfDevices } from './share.ts'
import { startTogether } from './start-at.ts'

const MOST_JOBS = 200

/** In CI a run that failed has a page beside its evidence, since it can hardly be played there again. */
function pageFile(html: string | undefined, dir: string | undefined, reports: readonly ScenarioReport[]) {
  const isWanted = process.env.CI === 'true' && dir !== undefined && tally(reports).fail > 0
  return html ?? (isWanted ? join(dir, 'run.html') : undefined)
}

/** What a shard without scenarios came to. */
const NOTHING_PLAYED = { durationMs: 0, stoppedBy: null, troubles: [], byPart: [] }

/** `halfopen run`: choose, play, report. Its exit code. */
export async function runScenarios(files: readonly string[], given: RunCommandOptions): Promise<number> {
  const options = settled(files, given, theProject().config)
  if (options.dryRun) return tellPlan(await chosenFor(files, options), options)
  const run = await prepared(files, options)
  const { order, plan, folder, chosen, terminal, clock } = run
  for (const note of options.quiet ? [] : run.notes) complain(`halfopen: ${note}\n`)
  // More shards than scenarios: it was asked for nothing, and has done it. What the shards came to together is for merge to say.
  if (order.parts.length === 0) {
    if (folder.dir !== undefined) await keepRecord(folder.dir, run, NOTHING_PLAYED)
    await folder.over?.()
    return run.unreadable ? EXIT.unreadable : EXIT.pass
  }
  const sinks = openSinks(chosen.ours, options, plan, terminal)
  const troubles = folder.dir === undefined ? [folder.trouble] : [...(await keepRecord(folder.dir, run))]
  const played = await playAll({ order, plan, terminal, sinks, clock, chosen, jobs: run.jobs, limits: options })
  const ended = { ...played, stoppedBy: played.stoppedBy ?? null, durationMs: clock.nowMs() }
  if (folder.dir !== undefined) troubles.push(...(await keepRecord(folder.dir, run, ended)))
  troubles.push(...played.troubles)

  const { durationMs } = ended
  const suite = { started: run.started, lab: plan.lab, durationMs, reports: played.reports }
  sinks.finished(suite)
  troubles.push(...(await sinks.close()))
  troubles.push(...(await saveCaptures(options.pcap, played.reports)))
  const page = pageFile(options.html, folder.dir, played.reports)
  troubles.push(...(await savePage(page, suite, plan, terminal.look, troubles)))
  if (page !== undefined && options.html === undefined) complain(`halfopen: the run as a page: ${page}\n`)
  if (folder.dir !== undefined) {
    await rememberFailed(folder.dir, run.out, plan.scenarios, played.reports)
    await folder.over()
  }
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

/** `--dry-run`. Its exit code. */
async function tellPlan(choice: Awaited<ReturnType<typeof chosenFor>>, options: SettledOptions): Promise<number> {
  const { look } = await openTerminal(options)
  const rehearsed = await rehearse(orderFor(choice.all, { ...choice.ordered, places: choice.share.places }))
  say(rehearsalText(rehearsed, { jobs: choice.room.jobs, look }))
  return choice.unreadable ? EXIT.unreadable : codeOf(rehearsed)
}

/** What is to be played. Complains of what is wrong with it, before anything is made. */
async function chosenFor(files: readonly string[], options: SettledOptions) {
  const { config, catalog, file: project } = theProject()
  const { labs } = catalog.vocabulary
  if (options.lab !== undefined && !labs.includes(options.lab)) throw unknownName('--lab', options.lab, labs)
  const out = options.out?.replaceAll('{shard}', String(options.shard?.index ?? 1))
  const { scenarios: all, elsewhere, unreadable } = await chooseScenarios(files, await withFailed(options, out))
  if (unreadable !== undefined) complain(`${unreadable}\n`)
  requireAddresses(RUN_ADDRESSES)

  const labIn = (scenario: Scenario) => options.lab ?? labOf(scenario, config.lab)
  const digest = digestOf(
    all.map(scenario => ({ scenario: redactScenario(scenario), lab: labIn(scenario) })),
    process.cwd(),
  )
  const startAt = await startTogether(options, all, options.shard, catalog, labIn)
  const fleetShard = startAt && options.shard
  const costs = all.map(scenario => costMs(scenario, labIn(scenario), catalog, options.labSettings))
  const divided = fleetShard ? all.map(scenario => shareOfFleet(scenario, fleetShard)) : all
  const share = fleetShard ? shareOfDevices(divided, fleetShard) : shareOf(costs, options.shard)
  const scenarios = share.places.flatMap(place => divided[place] ?? [])
  // A simulation opens none.
  const onSockets = scenarios.filter(scenario => !catalog.isVirtual(labIn(scenario)))
  const isNameless = ({ broker }: Scenario) => catalog.brokers.get(broker.name)?.nameless === true
  requireFleets(onSockets, scenario => isNameless(scenario) || options.labSettings?.HALFOPEN_BROKER_URL !== undefined)
  const room = roomIn(limitsHere().descriptors, onSockets, options.jobs ?? MOST_JOBS)
  const ordered = {
    ...(options.lab === undefined ? {} : { lab: options.lab }),
    // Shards that are given no seed come to the same one.
    seed: options.seed ?? (options.shard ? seedOf(digest) : randomBytes(4).readUInt32BE()),
    // Other machines would not begin again.
    replays: startAt ? 0 : (options.replays ?? REPLAYS),
    startAt,
    ...(config.lab === undefined ? {} : { defaultLab: config.lab }),
    ...(project === undefined ? {} : { project }),
    ...(options.labSettings === undefined ? {} : { labSettings: options.labSettings }),
  }
  return { all: divided, scenarios, elsewhere, unreadable: unreadable !== undefined, share, room, ordered, out, digest }
}

/** Everything else that is decided before the first scenario is played. */
async function prepared(files: readonly string[], options: SettledOptions) {
  const { config, catalog } = theProject()
  const chosen = chooseReporters(options.reporter, process.env.GITHUB_ACTIONS === 'true')
  const choice = await chosenFor(files, options)
  const { all, scenarios, elsewhere, share, room, ordered, out } = choice
  const clock = realClock()
  const terminal = await openTerminal(options)
  const started = new Date().toISOString()
  const folder = await evidenceFolder(out, started, config.keep)
  const dir = folder.dir === undefined ? {} : { dir: folder.dir }
  const order = orderFor(all, { ...ordered, ...dir, places: share.places, rawOf: await rawOf(options) })
  const speedOf = ({ scenario, lab }: OrderPart) => catalog.labs.get(lab)?.speed?.(scenario, options.labSettings) ?? 1
  const inRealTime = order.parts
    .filter(({ lab }) => !catalog.isVirtual(lab))
    .map(part => ({ scenario: part.scenario, speed: speedOf(part) }))
  const notes = [
    share.note,
    room.note,
    openedNote(scenarios, catalog.peers.links),
    keylogNote(process.env),
    lengthNote(inRealTime, room.jobs),
  ].filter(note => note !== undefined)
  const { seed, requireAll } = order
  const plan: Plan = { halfopen: packageVersion(), lab: labsOf(order), seed, scenarios, elsewhere, requireAll }
  const whole = { ...choice, halfopen: plan.halfopen, started, shard: options.shard, total: all.length }
  return { ...whole, folder, chosen, terminal, clock, notes, jobs: room.jobs, order, plan }
}

/** Where what is no evidence goes: into the folder of the captures, while it is played. */
async function rawOf({ pcap, pcapWith = [] }: SettledOptions) {
  if (pcapWith.length === 0) return undefined
  if (pcap === undefined)
    throw new Complaint('error: --pcap-with says what captures are to hold: it needs --pcap DIR', EXIT.usage)
  await makeFolder(resolve(pcap)).catch(error => {
    throw new Complaint(`error: --pcap: ${unwritable(pcap, error)}`, EXIT.inconclusive)
  })
  return rawFilesIn(pcap, pcapWith)
}

/** The options with what `--last-failed` chooses. Where all passed it chooses nothing: then all is played, to be sure. */
async function withFailed(options: SettledOptions, out: string | undefined): Promise<SettledOptions> {
  if (!options.lastFailed) return options
  const failed = await lastFailed(out)
  if (failed === undefined)
    throw new Complaint('error: --last-failed: no run is known here; play all of them first', EXIT.usage)
  if (failed.length > 0) return { ...options, only: failed }
  complain('halfopen: --last-failed: nothing failed the last time, so all are played\n')
  return options
}

/** Keys on a disk are never to come as a surprise: the variable may be there for a browser's sake. */
const keylogNote = ({ SSLKEYLOGFILE: file }: NodeJS.ProcessEnv): string | undefined =>
  file
    ? `SSLKEYLOGFILE is set: the keys of TLS that clients, witnesses and halfopen's own parts speak are written to ${harmless(file)}`
    : undefined

/** Whoever runs it is to know that a link looks into what others keep closed. */
export function openedNote(scenarios: readonly Scenario[], links: Registry<LinkKind>): string | undefined {
  const opens = ({ link }: Scenario) => links.get(link.name)?.opens?.(link.options) ?? []
  const opened = [...new Set(scenarios.flatMap(opens))]
  if (opened.length === 0) return undefined
  const count = scenarios.filter(scenario => opens(scenario).length > 0).length
  return `in ${plural(count, 'scenario')} the link ends ${opened.join(' and ')} at both of its edges and reads what is inside, as the scenario says`
}
