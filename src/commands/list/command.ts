import { type Command, Option } from 'commander'
import { DURATION_EXAMPLES } from '../../model/duration.ts'
import { KINDS, type ListOptions } from './kinds.ts'

const MORE = `
Examples:
  halfopen list                      all names, in a line each
  halfopen list --faults --checks    with their options
  halfopen list scenarios/ota.yaml   the scenarios of a file
  halfopen list --schema > halfopen.schema.json

Exit codes: 0; 1 wrong usage; 2 a scenario file is wrong.`

export function listCommand(root: Command): void {
  const list = root
    .command('list')
    .description('list scenarios, and all that scenario files may name, with options and whether it is usable here')
    .argument('[files...]', 'scenario files or globs')
  for (const kind of KINDS) list.addOption(new Option(`--${kind}`, `only ${kind}`))
  list.addHelpText('after', `${MORE}\nDurations are written like ${DURATION_EXAMPLES}; K is the keep-alive in force.`)
  list.option('--json', 'as JSON')
  list
    .option('--schema', "the JSON Schema of scenario files, with the project's plug-ins")
    .action(async (files: string[], options: ListOptions) => {
      const { listEverything } = await import('./run.ts')
      process.exitCode = await listEverything(files, options)
    })
}
