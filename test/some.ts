import { seededRandom } from '../src/clock/kit.ts'

const SEED = Number(process.env.HALFOPEN_FUZZ_SEED ?? Math.trunc(Math.random() * 2 ** 31))
const ALL = process.env.HALFOPEN_SLOW !== undefined
/** CI has more time than somebody who waits, and not for all of it in each run. */
const IN_CI = 1 / 2

/**
 * Some of many cases of one kind, other ones in each run: so `npm test` ends in minutes, and a case that fails comes up all the same. CI
 * (HALFOPEN_REQUIRE=all) takes half of them, HALFOPEN_SLOW=1 all. The seed is printed; HALFOPEN_FUZZ_SEED repeats a choice.
 */
export function some<T>(
  cases: readonly T[],
  part = process.env.HALFOPEN_REQUIRE === 'all' ? IN_CI : 1 / 4,
): readonly T[] {
  if (ALL) return cases
  const random = seededRandom(SEED)
  const count = Math.max(1, Math.ceil(cases.length * part))
  const chosen = cases
    .map((each, index) => ({ each, index, order: random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
  console.log(`${count} of ${cases.length} cases: HALFOPEN_FUZZ_SEED=${SEED}`)
  return chosen.map(({ each }) => each)
}
