import { randomBytes } from 'node:crypto'
import { run } from '../../engine/run.ts'
import type { Lab } from '../../labs/lab.ts'
import { milliseconds } from '../../model/duration.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { Scenario } from '../../model/scenario.ts'
import { loadScenarioText } from '../../scenario/load.ts'
import { Complaint, EXIT, unknownName } from '../../terminal/exit.ts'
import { requireWritable } from '../../terminal/files.ts'
import { theCatalog } from '../../terminal/project.ts'
import { saveReport } from '../../terminal/save-page.ts'
import { complain, say, sayProse } from '../../terminal/say.ts'
import { type Stop, untilStopped } from '../../terminal/stop.ts'
import { harmless } from '../../text/harmless.ts'
import { indent, wrap } from '../../text/layout.ts'
import { caseOf, fixedCase } from './asked.ts'
import { tellLog } from './from-log.ts'
import { tellCapture } from './from-pcap.ts'
import type { ReproOptions } from './options.ts'
import { type Case, lengthMs } from './repro-case.ts'
import { fixText, isFixed, scenarioText } from './repro-scenario.ts'
import { storyOf } from './story.ts'
import { storyPage } from './story-page.ts'
import { storyText } from './story-text.ts'
import { requireNew, writeScenario } from './write-scenario.ts'

const LABS = ['simulated', 'local']
const WIDTH = 110

/** `halfopen repro`: play it, tell it, and say what helps. Its exit code. */
export async function repro(options: ReproOptions): Promise<number> {
  await requireWritable([options.html])
  if (options.write !== undefined) await requireNew(options.write)
  if (options.fromLog !== undefined) return tellLog(options.fromLog, options)
  if (options.fromPcap !== undefined) return tellCapture(options.fromPcap, options)
  const { given, notes } = caseOf(options)
  if (options.lab !== undefined && !LABS.includes(options.lab)) throw unknownName('--lab', options.lab, LABS)
  const { lab, because } = labFor(given, options.lab)
  complain(`lab ${lab} (${because})\n`)
  if (notes.length > 0) say(`${notes.map(note => `${wrap(note, WIDTH).join('\n')}\n`).join('')}\n`)
  return untilStopped(stop => tell(given, lab, options, stop))
}

async function tell(given: Case, lab: string, options: ReproOptions, { signal }: Stop): Promise<number> {
  const fixed = options.fix === undefined ? undefined : fixedCase(options, options.fix).given
  const cases = fixed ? [given, fixed] : [given]
  const playing = { ...(options.seed === undefined ? {} : { seed: options.seed }), signal }
  const stories = await Promise.all(
    cases.map(async each => {
      const { evidence, idle } = await play(each, lab, playing)
      return storyOf(evidence, idle, each)
    }),
  )
  // What was cut short is no story.
  if (signal.aborted) return EXIT.inconclusive
  const trouble = stories.find(story => story.trouble !== undefined)?.trouble
  if (trouble !== undefined) {
    complain(`halfopen: this run can't be relied on: ${trouble}\n`)
    return EXIT.inconclusive
  }
  const [story, after] = harmless(stories)
  if (!story) throw new Error('nothing was played')
  const file = scenarioText(given)
  sayProse(`${storyText(story)}\n${after ? `${fixText(story, after)}\n` : ''}`)
  say(`The scenario:\n${indent(file, 2)}`)
  const wrong = await saveReport(options.html, () => storyPage(story, after, file))
  if (wrong.length > 0) throw new Complaint(`error: --html: ${wrong.join('; ')}`, EXIT.inconclusive)
  if (options.write !== undefined) await writeScenario(options.write, file)
  return after && !isFixed(after) ? EXIT.failed : EXIT.pass
}

/** Waiting longer than this is nobody's idea of a command line. */
const PATIENCE_MS = 60_000
const HOUR_MS = 3_600_000
/** In virtual time: so many losses and returns are enough to say how often. */
const WATCH_K = 12

interface Performance {
  readonly lab: string
  /** Why this one. */
  readonly because: string
}

/** Real sockets where that can be waited for. */
function labFor(given: Case, asked: string | undefined): Performance {
  const ms = lengthMs(given)
  const takes = `it takes ${Math.round(ms / 1000)} s`
  if (asked !== undefined) return { lab: asked, because: 'as asked' }
  if (ms <= PATIENCE_MS) return { lab: 'local', because: `${takes} of real time` }
  return { lab: 'simulated', because: `${takes} in real time; --scale shortens it` }
}

interface PlayOptions {
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** What was seen: of the case itself, and of the same where nobody publishes, which tells how often it repeats by itself. */
interface PlayedRepro {
  readonly evidence: Evidence
  readonly idle: Evidence
}

/** Plays the very scenario that the user is given; in virtual time for longer, to see how often it repeats. */
export async function play(given: Case, name: string, options: PlayOptions): Promise<PlayedRepro> {
  await using lab = theCatalog().openLab(name)
  const [evidence, idle] = await Promise.all(
    [given, { ...given, publish: 'none' as const }].map(each => playOne(each, lab, options)),
  )
  if (!evidence || !idle) throw new Error('nothing was played')
  return { evidence, idle }
}

async function playOne(given: Case, lab: Lab, { seed, signal }: PlayOptions): Promise<Evidence> {
  // The lab that is asked for goes before the one that the file names.
  const { lab: _, ...written } = scenarioOf(given)
  const scenario: Scenario =
    lab.kind.name === 'simulated' ? { ...written, until: milliseconds(watchMs(given)) } : written
  const admission = await lab.admits(scenario)
  if (admission !== true) {
    const remedy = admission.remedy ? `; to add it: ${admission.remedy}` : ''
    throw new Complaint(
      `error: the lab ${lab.kind.name} can't play this: ${admission.reason}${remedy}`,
      EXIT.inconclusive,
    )
  }
  return run(scenario, lab, theCatalog().faults, {
    seed: seed ?? DEFAULT_SEED,
    runId: randomBytes(4).toString('hex'),
    ...(signal ? { signal } : {}),
  })
}

/** The same story each time, unless asked otherwise. */
const DEFAULT_SEED = 1

const watchMs = (given: Case): number =>
  Math.max(lengthMs(given), HOUR_MS / given.scale, (WATCH_K * given.keepaliveS * 1000) / given.scale)

/** What the written file loads to: if it did not, the user's would not either. */
export function scenarioOf(given: Case): Scenario {
  const { scenarios, problems } = loadScenarioText(scenarioText(given), 'halfopen repro', theCatalog().vocabulary)
  const [scenario] = scenarios
  if (!scenario) throw new Error(`the scenario does not load: ${problems.map(({ message }) => message).join('; ')}`)
  return scenario
}
