import { parseDocument } from 'yaml'
import type { z } from 'zod'

/** Lines and columns count from 1. */
export interface EvidenceProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Everything that is wrong with a file, one `file:line:column message` a line. */
export class EvidenceError extends Error {
  readonly path: string
  readonly problems: readonly EvidenceProblem[]

  constructor(path: string, problems: readonly EvidenceProblem[]) {
    super(problems.map(({ line, column, message }) => `${path}:${line}:${column} ${message}`).join('\n'))
    this.name = 'EvidenceError'
    this.path = path
    this.problems = problems
  }
}

/** One problem for each thing that the schema does not like, at the value that it does not like. */
export function schemaProblems(line: number, text: string, { issues }: z.ZodError): readonly EvidenceProblem[] {
  // JSON is YAML, and the YAML parser knows where each value stands.
  const document = parseDocument(text)
  return issues.map(({ path, message }) => {
    const column = columnOf(document, path)
    return { line, column, message: path.length > 0 ? `${path.join('.')}: ${message}` : message }
  })
}

/** Of the value at `path`, or of the nearest one around it where it is missing. */
function columnOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
    if (Array.isArray(range) && typeof range[0] === 'number') return range[0] + 1
  }
  return 1
}
