import type { Command } from 'commander'
import type { JudgeOptions } from './run.ts'

export function judgeCommand(root: Command): void {
  root
    .command('judge')
    .description('judge saved evidence again, without a broker')
    .argument('<files...>', 'evidence files (.ndjson) or folders of them')
    .option('--json <file>', 'write a JSON report')
    .option(
      '--reporter <name>',
      'default, json or github-actions; may be given more than once',
      (name: string, names: string[] = []) => [...names, name],
    )
    .action(async (files: string[], options: JudgeOptions) => {
      const { judgeFiles } = await import('./run.ts')
      process.exitCode = await judgeFiles(files, options)
    })
}
