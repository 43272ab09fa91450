/** `halfopen/vitest`: scenarios as tests of your own vitest, and matchers for verdicts. */
import './matchers.ts'

export { linkTest } from './link-fixture.ts'
export { type Bounds, matchers } from './matchers.ts'
export { type ScenariosOptions, scenarios } from './scenarios.ts'
