import type { Command } from 'commander'
import type { OutputOptions } from './options.ts'

export function mergeCommand(root: Command): void {
  const command = root
    .command('merge')
    .description('put the shards of a comparison together')
    .argument('<files...>', 'what halfopen compare --shard i/n --json FILE wrote')
  outputOptions(command).action(async (files: string[], options: OutputOptions) => {
    const { merge } = await import('./merge.ts')
    process.exitCode = await merge(files, options)
  })
}

/** The same for both commands. */
export const outputOptions = (command: Command): Command =>
  command
    .option('--metric <name>', 'what maps show: flaps, unnoticed, client, broker, pings, lost')
    .option('--csv <file>', 'write a table')
    .option('--json <file>', 'write everything that was measured')
    .option('--html <file>', 'write a page with a heat map')
    .option('--svg <file>', 'write a heat map')
