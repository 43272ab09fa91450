import type { Scenario } from '../model/scenario.ts'
import { onlyOnce, slugOf } from '../text/slug.ts'

/** One file name per scenario, from its name; told apart by number where two come to the same. */
export function slugs(scenarios: readonly Scenario[]): string[] {
  const unique = onlyOnce()
  return scenarios.map(({ name }) => unique(slugOf(name)))
}
