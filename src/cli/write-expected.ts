/** Writes what the sources say that the ratio table must find: `node dist/cli/write-expected.js peers/expected.json`. */
import { writeFileSync } from 'node:fs'
import { expectedBaseline } from '../commands/ratios/baseline.ts'

const [file = 'peers/expected.json'] = process.argv.slice(2)
writeFileSync(file, `${JSON.stringify(expectedBaseline(), null, 2)}\n`)
