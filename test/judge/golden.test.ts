import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { readEvidence } from '../../src/evidence/read-evidence.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Verdict } from '../../src/model/verdict.ts'

const FOLDER = join(import.meta.dirname, '../golden/judge')
const files = readdirSync(FOLDER).filter(file => file.endsWith('.ndjson'))

const asText = ({ result, outcomes, troubles }: Verdict): string =>
  [result, ...outcomes.map(each => `${each.check}: ${each.result}: ${each.reason}`), ...troubles, ''].join('\n')

/** Saved evidence is judged as it always was. A change here is a change of meaning: say so in CHANGELOG.md. */
test.each(files)('%s', async file => {
  const verdict = judge(await readEvidence(join(FOLDER, file)), checks)
  const name = basename(file, '.ndjson')
  await expect(asText(verdict)).toMatchFileSnapshot(join(FOLDER, `${name}.verdict.txt`))
  await expect(`${JSON.stringify(verdict, null, 2)}\n`).toMatchFileSnapshot(join(FOLDER, `${name}.verdict.json`))
})
