/** Writes the types of the vocabulary: `node dist/cli/write-types.js src/scenario/vocabulary-types.ts`, which is `npm run types`. */
import { writeFileSync } from 'node:fs'
import { vocabulary } from '../plugins.ts'
import { vocabularyTypes } from '../scenario/type-text.ts'

const [file = 'src/scenario/vocabulary-types.ts'] = process.argv.slice(2)
writeFileSync(file, vocabularyTypes(vocabulary))
