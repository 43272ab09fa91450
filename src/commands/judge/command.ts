import { type Command, Option } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { collect } from '../../terminal/options.ts'
import type { JudgeOptions } from './run.ts'

const MORE = `
Examples:
  halfopen judge .halfopen/latest --html run.html        the last run, as a page
  halfopen judge .halfopen/latest/my-claim.ndjson -v     one scenario with its figures
  halfopen judge evidence --pcap captures --reporter json

Exit codes, as of halfopen run: 0 all passed; 1 wrong usage; 2 a file is no evidence; 3 inconclusive;
4 a scenario failed.`

export function judgeCommand(root: Command): void {
  root
    .command('judge')
    .description('judge saved evidence again, without a broker')
    .argument('<files...>', 'evidence files (.ndjson) or folders of them')
    .addOption(output('--json <file>', 'write a JSON report'))
    .addOption(output('--junit <file>', 'write a JUnit report'))
    .addOption(output('--ctrf <file>', 'write a report in the Common Test Report Format'))
    .addOption(output('--markdown <file>', 'write a summary in Markdown, with a diagram of each failure'))
    .addOption(output('--html <file>', 'write a page with a timeline of each scenario'))
    .addOption(output('--pcap <dir>', 'write a capture of each run, for Wireshark'))
    .option('-v, --verbose', 'tell each scenario with its figures, however many there are')
    .addOption(new Option('-q, --quiet', 'tell only what did not pass, and the sum').conflicts('verbose'))
    .option(
      '--reporter <name>',
      'default, json, junit, ctrf, markdown or github-actions; may be given more than once',
      collect,
    )
    .addHelpText('after', MORE)
    .action(async (files: string[], options: JudgeOptions) => {
      const { judgeFiles } = await import('./run.ts')
      process.exitCode = await judgeFiles(files, options)
    })
}
