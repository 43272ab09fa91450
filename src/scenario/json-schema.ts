import { z } from 'zod'
import type { Vocabulary } from '../model/vocabulary.ts'
import { scenarioSchema } from './schema.ts'

export type JsonSchema = z.core.JSONSchema.BaseSchema

/**
 * The file format for editors, from the schema that the loader uses. Draft 7 is what the YAML language server knows best:
 * `# yaml-language-server: $schema=./node_modules/halfopen/halfopen.schema.json`
 */
export function scenarioJsonSchema(vocabulary: Vocabulary): JsonSchema {
  // A plug-in may check what JSON Schema can't say; an editor then lets it pass and the loader does not.
  const schema = z.toJSONSchema(scenarioSchema(vocabulary), { io: 'input', target: 'draft-07', unrepresentable: 'any' })
  return { ...schema, patternProperties: { '^x-': { description: "the author's own: anchors and notes" } } }
}
