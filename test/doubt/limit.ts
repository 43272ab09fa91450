/**
 * Counts the tests that were skipped by doubt, over the whole run: more than 1 in 20 of those that measure in real time fails the
 * run. It is a plug-in of the configuration, so that no `--reporter` on the command line can leave it out.
 */
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

const MOST = 1 / 20

export interface Tally {
  /** How many tests measured in real time and were played. */
  readonly realTime: number
  /** `file > test: reason` of each that was skipped by doubt. */
  readonly doubted: readonly string[]
}

export const isTooMany = ({ realTime, doubted }: Tally): boolean => doubted.length > MOST * realTime

/** Nothing where nothing was doubted. */
export function tellDoubts(tally: Tally): string {
  const { realTime, doubted } = tally
  if (doubted.length === 0) return ''
  const head = `${doubted.length} of ${realTime} real-time tests skipped by doubt: this machine did not run them as it should`
  const lines = [head, ...doubted.map(each => `  ${each}`)]
  if (isTooMany(tally))
    lines.push('FAIL  more than 1 in 20 real-time tests are skipped by doubt: this run says too little')
  return lines.join('\n')
}

function tallyOf(modules: readonly TestModule[]): Tally {
  const tests = modules.flatMap(({ children }) => [...children.allTests()]).filter(test => test.meta().realTime)
  const titleOf = ({ module, fullName }: TestCase) => `${module.relativeModuleId} > ${fullName}`
  return {
    realTime: tests.length,
    doubted: tests.flatMap(test => {
      const { doubt } = test.meta()
      return doubt === undefined ? [] : [`${titleOf(test)}: ${doubt.replace(/^by doubt: /, '')}`]
    }),
  }
}

const reporter: Reporter = {
  onTestRunEnd(modules) {
    const tally = tallyOf(modules)
    const words = tellDoubts(tally)
    if (words !== '') process.stderr.write(`\n${words}\n\n`)
    if (isTooMany(tally)) process.exitCode = 1
  },
}

const ADDED = Symbol.for('halfopen:doubt-limit')

/** A plug-in for `plugins` of vitest's configuration. */
export const doubtLimit = () => ({
  name: 'halfopen:doubt-limit',
  /** Each project loads the configuration, and calls this, for itself; the run has one reporter. */
  configureVitest({ vitest }: { readonly vitest: Vitest & { [ADDED]?: true } }) {
    if (vitest[ADDED]) return
    vitest[ADDED] = true
    vitest.config.reporters.push(reporter as never)
  },
})
