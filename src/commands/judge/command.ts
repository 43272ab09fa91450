import type { Command } from 'commander'
import type { JudgeOptions } from './run.ts'

export function judgeCommand(root: Command): void {
  root
    .command('judge')
    .description('judge saved evidence again, without a broker')
    .argument('<files...>', 'evidence files (.ndjson) or folders of them')
    .option('--json <file>', 'write a JSON report')
    .option('--ctrf <file>', 'write a report in the Common Test Report Format')
    .option('--markdown <file>', 'write a summary in Markdown, with a diagram of each failure')
    .option('--html <file>', 'write a page with a timeline of each scenario')
    .option('--pcap <dir>', 'write a capture of each run, for Wireshark')
    .option('-v, --verbose', 'tell each scenario with its figures, however many there are')
    .option('-q, --quiet', 'tell only what did not pass, and the sum')
    .option(
      '--reporter <name>',
      'default, json, ctrf, markdown or github-actions; may be given more than once',
      (name: string, names: string[] = []) => [...names, name],
    )
    .action(async (files: string[], options: JudgeOptions) => {
      const { judgeFiles } = await import('./run.ts')
      process.exitCode = await judgeFiles(files, options)
    })
}
