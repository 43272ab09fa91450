import { createJiti, type Jiti } from 'jiti'
import type { SourcePosition } from '../model/scenario.ts'
import { callSiteOf, defineScenario } from './define.ts'
import type { Problem } from './problem.ts'
import type { Source } from './source.ts'
import { thrownProblem } from './thrown.ts'

export interface ModuleFile {
  readonly path: string
  readonly text: string
  /** Its name in positions. */
  readonly file: string
}

export interface ModuleReading {
  readonly scenarios: readonly { readonly value: unknown; readonly source: Source }[]
  readonly problems: readonly Problem[]
}

/**
 * Runs scenario modules, each anew. They get `defineScenario` from here, so that one also loads where halfopen is not
 * installed (`npx halfopen run`), and without loading the whole library once more.
 */
export const moduleRunner = (cwd: string): Jiti =>
  createJiti(`${cwd}/`, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { halfopen: { defineScenario } },
  })

/** What a module exports by default: a scenario, or a list of them. */
export async function readModule(jiti: Jiti, module: ModuleFile): Promise<ModuleReading> {
  let exported: object
  try {
    exported = await jiti.import<object>(module.path)
  } catch (error) {
    return { scenarios: [], problems: [thrownProblem(error, module)] }
  }
  const start = exportPlace(module)
  const problem = (message: string): ModuleReading => ({ scenarios: [], problems: [{ position: start, message }] })
  const value: unknown = 'default' in exported ? exported.default : undefined
  if (value === undefined) return problem('there is no default export: export default defineScenario({ ... })')
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (values.length === 0) return problem('the default export is an empty list')
  return {
    scenarios: values.map(value => ({ value, source: sourceAt(callPlace(value, module) ?? start) })),
    problems: [],
  }
}

/** All that is known of a value's origin is where it was made. */
const sourceAt = (start: SourcePosition): Source => ({ start, find: () => undefined, vague: true })

function exportPlace({ text, file }: ModuleFile): SourcePosition {
  const index = text.split('\n').findIndex(line => /\bexport\s+default\b|\bas\s+default\b/.test(line))
  return { file, line: Math.max(index, 0) + 1, column: 1 }
}

/** The line is right; the column is that of the compiled call, so it is looked up. */
function callPlace(scenario: unknown, { path, text, file }: ModuleFile): SourcePosition | undefined {
  const site = callSiteOf(scenario)
  if (site?.file !== path) return site
  const column = text.split('\n')[site.line - 1]?.indexOf('defineScenario') ?? -1
  return { file, line: site.line, column: Math.max(column, 0) + 1 }
}
