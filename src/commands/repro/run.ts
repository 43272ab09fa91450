import { EXIT, unknownName } from '../../terminal/exit.ts'
import { complain, say } from '../../terminal/say.ts'
import { type Stop, untilStopped } from '../../terminal/stop.ts'
import { harmless } from '../../text/harmless.ts'
import { indent, wrap } from '../../text/layout.ts'
import { caseOf, fixedCase } from './asked.ts'
import { tellLog } from './from-log.ts'
import { tellCapture } from './from-pcap.ts'
import type { ReproOptions } from './options.ts'
import { labFor, play } from './play-repro.ts'
import type { Case } from './repro-case.ts'
import { fixText, isFixed, scenarioText } from './repro-scenario.ts'
import { storyOf } from './story.ts'
import { storyText } from './story-text.ts'
import { writeScenario } from './write-scenario.ts'

const LABS = ['simulated', 'local']
const WIDTH = 110

/** `halfopen repro`: play it, tell it, and say what helps. Its exit code. */
export async function repro(options: ReproOptions): Promise<number> {
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
  say(`${storyText(story)}\n${after ? `${fixText(story, after)}\n` : ''}The scenario:\n${indent(file, 2)}`)
  if (options.write !== undefined) await writeScenario(options.write, file)
  return after && !isFixed(after) ? EXIT.failed : EXIT.pass
}
