/** Writes the JSON Schema of scenario files, for editors: `node dist/cli/write-schema.js FILE`. Part of the build. */
import { writeFileSync } from 'node:fs'
import { vocabulary } from '../plugins.ts'
import { scenarioJsonSchema } from '../scenario/scenario-schema.ts'

const [file = 'halfopen.schema.json'] = process.argv.slice(2)
writeFileSync(file, `${JSON.stringify(scenarioJsonSchema(vocabulary))}\n`)
