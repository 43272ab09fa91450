import type { Reporter, Vitest } from 'vitest/node'

/** vitest 4.1 keeps here what was named on the command line, and does not export its type. */
type Run = Vitest & { readonly filenamePattern?: readonly string[]; [ADDED]?: true }

const ADDED: unique symbol = Symbol.for('halfopen:left-out')

/** Says at the end of a run that so many files were not played, and how they are. A plug-in for `plugins` of vitest's configuration. */
export const leftOut = (files: number) => ({
  name: 'halfopen:left-out',
  /** Each project loads the configuration, and calls this, for itself; the run has one reporter. */
  configureVitest({ vitest }: { readonly vitest: Run }) {
    if (vitest[ADDED]) return
    vitest[ADDED] = true
    vitest.config.reporters.push(reporter(vitest, files) as never)
  },
})

const reporter = (vitest: Run, files: number): Reporter => ({
  onTestRunEnd() {
    // Who named files or a project did not ask for the others.
    if (vitest.config.project.length > 0 || (vitest.filenamePattern?.length ?? 0) > 0) return
    process.stderr.write(`${files} test files that play a thing in every form are left to CI: npm run test:all\n`)
  },
})
