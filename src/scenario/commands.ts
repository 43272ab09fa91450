import type { Plugin, Registry } from '../model/plugin.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import type { Complaint, Problem } from './problem.ts'
import type { CheckedScenario } from './schema.ts'

const FORBIDDEN = '--no-commands (or HALFOPEN_NO_COMMANDS) forbids that'

/** What in a scenario starts a program, or loads code, of its author's choice: docs/security.md. */
export function commandsIn({ broker, client, link }: CheckedScenario, vocabulary: Vocabulary): Complaint[] {
  return [
    ...programsOf('broker', broker, vocabulary.brokers),
    ...programsOf('client', client, vocabulary.clients),
    ...programsOf('link', link, vocabulary.links),
  ]
}

type Choice = { readonly name: string; readonly options: Readonly<Record<string, unknown>> }

const programsOf = (part: string, { name, options }: Choice, plugins: Registry<Plugin>): Complaint[] =>
  (plugins.get(name)?.runs ?? [])
    .filter(key => options[key] !== undefined)
    .map(key => ({ path: [part, key], message: `"${key}" names a program or code to run: ${FORBIDDEN}` }))

/** A module runs as it is loaded. */
export const forbiddenModule = (file: string): Problem => ({
  position: { file, line: 1, column: 1 },
  message: `a module is a program, and loading it runs it: ${FORBIDDEN}`,
})
