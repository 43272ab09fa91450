import type { Scenario } from '../model/scenario.ts'

/** Keeps paths short enough to be copied from a terminal. */
const LONGEST = 80

/** One file name per scenario, from its name; told apart by number where two come to the same. */
export function slugs(scenarios: readonly Scenario[]): string[] {
  const taken = new Set<string>()
  return scenarios.map(({ name }) => {
    const base = slugOf(name)
    let slug = base
    for (let n = 2; taken.has(slug); n++) slug = `${base}-${n}`
    taken.add(slug)
    return slug
  })
}

function slugOf(name: string): string {
  const slug = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, LONGEST)
    .replace(/^-|-$/g, '')
  return slug.toLowerCase() || 'scenario'
}
