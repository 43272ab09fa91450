import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real-time tests mostly wait, so they run side by side; two workers, since the smallest machine has two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
  },
})
