import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseEvidence } from '../../src/evidence/read-evidence.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import { sequenceOf } from '../../src/pages/beats.ts'
import { sequenceText } from '../../src/reporters/sequence.ts'

const GOLDEN = join(import.meta.dirname, '../golden/judge')
const files = readdirSync(GOLDEN).filter(file => file.endsWith('.ndjson'))

test.each(files)('%s is told in at most 20 lines of 80 columns', async file => {
  const evidence = parseEvidence(readFileSync(join(GOLDEN, file), 'utf8'), file)
  const lines = sequenceText(sequenceOf(evidence, judge(evidence, checks)))
  expect(lines.length).toBeLessThanOrEqual(20)
  expect(lines.filter(line => line.length > 80)).toEqual([])
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../golden/sequences/${file.replace('.ndjson', '.txt')}`)
})
