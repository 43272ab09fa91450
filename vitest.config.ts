import { relative, sep } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { doubtLimit } from './test/doubt/limit.ts'
import { leftOut } from './test/left-out.ts'
import { BUILT, MEASURED, REAL_TIME, SLOWEST_FIRST, THOROUGH } from './test/real-time.ts'

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const file = relative(import.meta.dirname, moduleId)
        .split(sep)
        .join('/')
      return SLOWEST_FIRST.includes(file) ? SLOWEST_FIRST.indexOf(file) : SLOWEST_FIRST.length
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

/** As CI does, and `npm run test:all`. */
const isWhole = (mode: string): boolean =>
  mode === 'all' || process.env.HALFOPEN_REQUIRE === 'all' || Boolean(process.env.HALFOPEN_SLOW)

/** In each project, since vitest loads this file again for each, in the mode `test`. */
const leftToCi = (mode: string): string[] => (isWhole(mode) ? [] : [...THOROUGH])

/** So many files of `real` at once: they mostly wait. In a whole run less, since there they hold the figures of more peers. */
const WAITING = 5

export default defineConfig(({ mode }) => ({
  plugins: [doubtLimit(), ...(isWhole(mode) ? [] : [leftOut(THOROUGH.length)])],
  test: {
    sequence: { sequencer: SlowestFirst },
    // Against a test that hangs. What is claimed of time is claimed by the tests themselves.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...REAL_TIME, ...MEASURED, ...BUILT, ...THOROUGH],
          setupFiles: 'test/fast-guard.ts',
          // A hundred files load the same modules: once a worker is enough, since no test leaves anything behind in them.
          isolate: false,
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          // A test that asserts nothing proves nothing. (vitest can't count that where tests run side by side, as the others do.)
          expect: { requireAssertions: true },
        },
      },
      {
        extends: true,
        test: {
          name: 'measured',
          include: [...MEASURED],
          exclude: leftToCi(mode),
          globalSetup: 'test/build.ts',
          // In a whole run before all others, and two at a time: beside more than that the figures of `device` were in doubt in every whole
          // run. Without those there is one file, which waits as those of `real` do.
          sequence: { groupOrder: isWhole(mode) ? 0 : 2 },
          maxWorkers: isWhole(mode) ? 2 : WAITING,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: [...REAL_TIME],
          exclude: leftToCi(mode),
          // They run the sources, whose parts live in processes of their own, which run what was built.
          globalSetup: 'test/build.ts',
          sequence: { groupOrder: 2 },
          // They mostly wait, so more of them run than there are cores.
          maxWorkers: isWhole(mode) ? 3 : WAITING,
          maxConcurrency: 12,
        },
      },
      {
        extends: true,
        test: {
          name: 'built',
          include: [...BUILT],
          exclude: [...MEASURED, ...leftToCi(mode)],
          globalSetup: 'test/build.ts',
          // After those in real time, not beside them: on two cores they would only make each other late. They wait half of their time.
          sequence: { groupOrder: 3 },
          maxWorkers: 4,
        },
      },
    ],
  },
}))
