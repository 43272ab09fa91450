import { indent } from '../../reporters/layout.ts'
import type { Case } from '../../repro/case.ts'
import { scenarioText } from '../../repro/scenario.ts'
import { storyOf } from '../../repro/story.ts'
import { storyText } from '../../repro/text.ts'
import { harmless } from '../../text/harmless.ts'
import { EXIT } from '../exit.ts'
import { unknownName } from '../nearest.ts'
import { type Stop, untilStopped } from '../run/stop.ts'
import { complain, say } from '../say.ts'
import { caseOf } from './case.ts'
import { tellLog } from './from-log.ts'
import type { ReproOptions } from './options.ts'
import { labFor, play } from './play.ts'
import { writeScenario } from './write-scenario.ts'

const LABS = ['simulated', 'local']

/** `halfopen repro`: play it, tell it, and say what helps. Its exit code. */
export async function repro(options: ReproOptions): Promise<number> {
  if (options.fromLog !== undefined) return tellLog(options.fromLog, options)
  const given = caseOf(options)
  if (options.lab !== undefined && !LABS.includes(options.lab)) throw unknownName('--lab', options.lab, LABS)
  const { lab, because } = labFor(given, options.lab)
  complain(`lab ${lab} (${because})\n`)
  return untilStopped(stop => tell(given, lab, options, stop))
}

async function tell(given: Case, lab: string, options: ReproOptions, { signal }: Stop): Promise<number> {
  const { evidence, idle } = await play(given, lab, {
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    signal,
  })
  // What was cut short is no story.
  if (signal.aborted) return EXIT.inconclusive
  const story = storyOf(evidence, idle, given)
  if (story.trouble !== undefined) {
    complain(`halfopen: this run can't be relied on: ${story.trouble}\n`)
    return EXIT.inconclusive
  }
  const file = scenarioText(given)
  say(`${storyText(harmless(story))}\nThe scenario:\n${indent(file, 2)}`)
  if (options.write !== undefined) await writeScenario(options.write, file)
  return EXIT.pass
}
