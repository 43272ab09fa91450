import { Console } from 'node:console'
import { Writable } from 'node:stream'
import type { Lab } from '../labs/lab.ts'
import type { Catalog } from '../plugins.ts'
import { plainly } from '../text/message-of.ts'
import type { Drive } from './drive.ts'
import type { Lineup } from './lineup.ts'
import { playUntilTold, replays } from './replay.ts'

/** While one writes its evidence, others play. */
const AT_ONCE = 4

/** In virtual time nobody is late by another's start. */
const NO_LINE: Lineup = {
  enter: () => ({ opening: async () => {}, opened: async () => {}, started() {}, over() {} }),
}

/**
 * Plays an order that lives in virtual time alone, in this thread: loading a test runner would take longer than most such runs, and it
 * keeps a record of every test until the last has ended. A simulation lets the loop turn every few events, so signals are heard meanwhile.
 */
export async function driveVirtual(job: Drive, catalog: Catalog): Promise<void> {
  const { parts, labSettings, seed, replays: most } = job.order
  const labs = new Map<string, Lab>()
  const labNamed = (name: string): Lab => {
    const lab = labs.get(name) ?? catalog.openLab(name, labSettings)
    labs.set(name, lab)
    return lab
  }
  const repeats = replays()
  const waiting = parts.entries()
  const playOn = async () => {
    for (const [number, part] of waiting) {
      if (job.signal.aborted) return
      const context = () => ({ lab: labNamed(part.lab), catalog, lineup: NO_LINE, seed, signal: job.signal })
      job.started(number)
      try {
        const played = await playUntilTold(part, context(), { again: context, most, repeats })
        if (!job.signal.aborted) job.ended(number, played)
      } catch (error) {
        job.trouble(`${part.scenario.name}: ${plainly(error)}`)
      }
    }
  }
  const restore = listenToConsole(job.chatter)
  try {
    for (const name of new Set(parts.map(({ lab }) => lab)))
      await labNamed(name).prepare?.(parts.filter(({ lab }) => lab === name).map(({ scenario }) => scenario))
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, job.jobs) }, playOn))
  } finally {
    restore()
    for (const lab of labs.values()) await lab[Symbol.asyncDispose]()
  }
}

/** What peers and plug-ins print is not to get between the lines of a report. */
function listenToConsole(chatter: (text: string) => void): () => void {
  const own = globalThis.console
  const told = new Writable({
    decodeStrings: false,
    write(text, _, taken) {
      chatter(String(text))
      taken()
    },
  })
  globalThis.console = new Console(told)
  return () => {
    globalThis.console = own
  }
}
