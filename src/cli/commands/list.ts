import { type Command, Option } from 'commander'
import { KINDS, type ListOptions } from '../list/kinds.ts'

export function listCommand(root: Command): void {
  const list = root
    .command('list')
    .description('list scenarios, and all that scenario files may name, with options and whether it is usable here')
    .argument('[files...]', 'scenario files or globs')
  for (const kind of KINDS) list.addOption(new Option(`--${kind}`, `only ${kind}`))
  list.option('--json', 'as JSON').action(async (files: string[], options: ListOptions) => {
    const { listEverything } = await import('../list/list.ts')
    await listEverything(files, options)
  })
}
