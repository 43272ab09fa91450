import { defineConfig } from 'vitest/config'

/** Tests that run halfopen as users do: built, and as processes of their own. */
const BUILT = ['test/cli/**/*.test.ts', 'test/secrets.test.ts']

export default defineConfig({
  test: {
    // Real-time tests mostly wait, so they run side by side; two workers, since the smallest machine has two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: 'source', include: ['test/**/*.test.ts'], exclude: BUILT, globalSetup: 'test/build.ts' },
      },
      { extends: true, test: { name: 'built', include: BUILT, globalSetup: 'test/build.ts' } },
    ],
  },
})
