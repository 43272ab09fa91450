import { defineConfig } from 'vitest/config'
import { doubtLimit } from '../limit.ts'

/** The run that limit.test.ts looks at. */
export default defineConfig({
  plugins: [doubtLimit()],
  test: { root: import.meta.dirname, include: ['*.canary.ts'] },
})
