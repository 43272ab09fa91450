import type { Command } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { collect } from '../../terminal/options.ts'
import type { MergeComparisons, MergeOptions } from './options.ts'

const EXAMPLES = `
For example:
  halfopen merge shards/* --junit halfopen.xml --html halfopen.html
  halfopen merge part-1.json part-2.json --html map.html

Shards of one run are folders of evidence, of one halfopen run --shard i/n --out DIR
each, or folders that hold those; shards of a comparison are the files of compare --json.
Exit codes of a run as those of halfopen run; 1 where a shard is missing, is there
twice or belongs to another run: the message names it.`

export function mergeCommand(root: Command, comparisons: MergeComparisons): void {
  root
    .command('merge')
    .description('put the shards of a run or of a comparison together, as if it had never been split')
    .argument('<shards...>', 'evidence folders of halfopen run --shard, or files of halfopen compare --shard --json')
    .addOption(output('--out <dir>', 'a run: copy the evidence of all shards into one folder'))
    .addOption(output('--json <file>', 'write a JSON report, or everything that was measured'))
    .addOption(output('--html <file>', 'write a page with a timeline of each scenario, or with a heat map'))
    .addOption(output('--junit <file>', 'a run: write a JUnit report'))
    .addOption(output('--ctrf <file>', 'a run: write a report in the Common Test Report Format'))
    .addOption(output('--markdown <file>', 'a run: write a summary in Markdown, with a diagram of each failure'))
    .addOption(output('--pcap <dir>', 'a run: write a capture of each scenario, for Wireshark'))
    .option('--reporter <name>', 'a run: default, json, junit, ctrf, markdown or github-actions', collect)
    .option('--verbose', 'a run: tell each scenario with its figures, however many there are')
    .option('--metric <name>', 'a comparison: what maps show: flaps, unnoticed, client, broker, pings, lost')
    .addOption(output('--csv <file>', 'a comparison: write a table'))
    .addOption(output('--svg <file>', 'a comparison: write a heat map'))
    .addHelpText('after', EXAMPLES)
    .action(async (shards: string[], options: MergeOptions) => {
      const { merge } = await import('./run.ts')
      process.exitCode = await merge(shards, options, comparisons)
    })
}
