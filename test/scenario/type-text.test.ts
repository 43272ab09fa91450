import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { vocabulary } from '../../src/plugins.ts'
import { vocabularyTypes } from '../../src/scenario/type-text.ts'

test('the types of defineScenario are those of the vocabulary (npm run build && npm run types makes them anew)', () => {
  const file = join(import.meta.dirname, '../../src/scenario/vocabulary-types.ts')
  expect(readFileSync(file, 'utf8')).toBe(vocabularyTypes(vocabulary))
})
