import type { Reporter, Vitest } from 'vitest/node'

/** Says at the end of a run that so many files were not played, and how they are. A plug-in for `plugins` of vitest's configuration. */
export const leftOut = (files: number) => ({
  name: 'halfopen:left-out',
  configureVitest({ vitest }: { readonly vitest: Run }) {
    // Each project loads the configuration; the run has one reporter. Who named files or a project did not ask for the others.
    if (vitest[ADDED] || vitest.config.project.length > 0 || (vitest.filenamePattern?.length ?? 0) > 0) return
    vitest[ADDED] = true
    vitest.config.reporters.push(reporter(files) as never)
  },
})

/** vitest 4.1 keeps what was named on the command line here, and does not export its type. */
type Run = Vitest & { [ADDED]?: true; readonly filenamePattern?: readonly string[] }

const ADDED = Symbol.for('halfopen:left-out')

const reporter = (files: number): Reporter => ({
  onTestRunEnd() {
    process.stderr.write(`${files} test files that play a thing in every form are left to CI: npm run test:all\n`)
  },
})
