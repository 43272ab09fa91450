import { type BuildState, versionOf } from '../../peers/recipes/built.ts'
import type { Made } from '../../peers/recipes/make.ts'
import { describeLack } from '../../peers/recipes/needs.ts'
import type { Need, Recipe } from '../../peers/recipes/recipe.ts'

/** `paho-python  made: 2.1.0`; of a failure the last lines of its log too. */
export function madeText({ folder }: Recipe, made: Made, width: number): string {
  const lines = (text: string, ...more: readonly string[]) =>
    `${[`${folder.padEnd(width)}  ${text}`, ...more.map(line => `    ${line}`)].join('\n')}\n`
  switch (made.result) {
    case 'skipped':
      return lines(`skipped: ${missingText(made.missing)}`)
    case 'failed':
      return lines(`failed: ${made.reason}`, ...made.tail, `(all of it: ${made.log})`)
    case 'stopped':
      return lines('stopped')
    default:
      return lines(`${made.result}: ${made.version}`)
  }
}

/** `go is not there (sudo apt-get install golang-go)`. */
const missingText = (missing: readonly Need[]): string =>
  missing.map(need => `${describeLack(need)} (${need.remedy})`).join('; ')

const STATES = {
  made: 'made',
  changed: 'made of other sources than those that are here now',
  absent: 'not made',
} as const

export function stateText(recipe: Recipe, state: BuildState, width: number): string {
  const version = state === 'absent' ? '' : `: ${versionOf(recipe)}`
  return `${recipe.folder.padEnd(width)}  ${STATES[state]}${version}\n`
}
