import { type Command, InvalidArgumentError, Option } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { collect, lengthOfTime, positiveInteger, seedNumber, shardOf, wholeNumber } from '../../terminal/options.ts'
import { RAW_PARTS, type RawPart } from '../../terminal/save-captures.ts'
import type { RunCommandOptions } from './options.ts'

const EXAMPLES = `
Examples:
  halfopen run                                  all scenarios of the project, or the bundled ones
  halfopen run scenarios/ota.yaml --watch       one file, again whenever it changes
  halfopen run --grep '^mosquitto .* notices'   by a regular expression on name and file
  halfopen run --tag nightly --tag '!slow'      by the tags that scenarios have
  halfopen run --dry-run                        what would be played, how long it takes, what is missing
  halfopen run --last-failed --verbose          what did not pass the last time, with all figures
  halfopen run --lab simulated scenarios/long   in virtual time
  halfopen run --broker-url mqtts://broker.example --junit halfopen.xml --html run.html

Exit codes: 0 all passed; 1 wrong usage; 2 a scenario file is wrong; 3 inconclusive, all skipped, not
finished, or halfopen's own failure; 4 a scenario failed; 130, 143 stopped by SIGINT, SIGTERM.
What the command line leaves out is as in halfopen.config.ts, where the project has one.`

export function runCommand(root: Command): void {
  const run = root
    .command('run')
    .description("play scenarios and judge them; with no files, the project's own scenarios/ or else the bundled ones")
    .argument('[files...]', 'scenario files, folders or globs')
    .addHelpText('after', EXAMPLES)
  chosen(run)
  placed(run)
  played(run)
  reported(run)
  run.action(async (files: string[], options: RunCommandOptions) => {
    if (options.watch) {
      const { watchScenarios } = await import('./watch-runs.ts')
      process.exitCode = await watchScenarios(files, options)
      return
    }
    const [{ runScenarios }, { labFor }] = await Promise.all([import('./run.ts'), import('./attach.ts')])
    const { lab: _, ...rest } = options
    process.exitCode = await runScenarios(files, { ...rest, ...labFor(options) })
  })
}

function chosen(run: Command): void {
  run
    .optionsGroup('Which scenarios:')
    .option('--grep <pattern>', 'only those whose name or file holds this text or regular expression')
    .option('--grep-invert <pattern>', 'only those whose name and file do not')
    .option('--tag <tag>', 'only those with this tag, or with `!` before it without; may be given more than once', tags)
    .option('--last-failed', 'only those that did not pass when they were last played')
    .option('--shard <i/n>', 'only the i-th of n parts, or auto: as the scheduler of this job tells', shardOf)
    .option('--no-commands', 'refuse those that start programs or load code (also: HALFOPEN_NO_COMMANDS=1)')
}

function placed(run: Command): void {
  run
    .optionsGroup('Where:')
    .option('--lab <name>', 'where broker, link and client live (default: local, or what a scenario was made for)')
    .option(
      '--speed <n>',
      'in the lab accelerated: how many times as fast (default: each in about a quarter of a minute)',
      positiveInteger,
    )
    .option('--attach <what>', 'use what is already running: compose, as docker-compose.yml starts it')
    .option('--broker-url <url>', 'use the broker that runs there, for all scenarios or as name=mqtts://...', collect)
    .option('--broker-user <name>', 'its user; the password comes from HALFOPEN_BROKER_PASSWORD')
    .option('--broker-ca <file>', 'PEM file of the CA that signed its certificate')
    .option('--broker-cert <file>', "PEM file of the client's certificate")
    .option('--broker-key <file>', 'PEM file of its key; a passphrase comes from HALFOPEN_BROKER_PASSPHRASE')
    .option('--toxiproxy <url>', 'use the Toxiproxy that runs there')
}

function played(run: Command): void {
  run
    .optionsGroup('How:')
    .option('--dry-run', 'only tell what would be played, for how long, and what it needs')
    .option('--watch', 'play again whenever a scenario or a file that it names changes')
    .option('--bail [n]', 'end the run after so many failures (default: 1)', positiveInteger)
    .option(
      '--timeout <time>',
      'give the run up after this time, such as 10m: reports tell what had ended',
      lengthOfTime,
    )
    .option('--jobs <n>', 'scenarios at once (default: all, up to 200)', positiveInteger)
    .option('--replays <n>', 'how often a scenario is played again that the machine spoilt (default: 2)', wholeNumber)
    .option('--profile <file>', 'judge every peer of this name and version by its measured profile', collect)
    .option(
      '--start-at <time>',
      'one fleet: begin at this moment, such as 18:00:00Z; with --shard each machine plays a part of its devices',
    )
    .option(
      '--time-server <host>',
      'with --start-at: the NTP server that all machines ask how far their clocks are off',
    )
    .option('--seed <n>', 'repeat the chances of an earlier run', seedNumber)
}

function reported(run: Command): void {
  run
    .optionsGroup('Reports:')
    .option('-v, --verbose', 'tell each scenario with its figures, however many there are')
    .addOption(new Option('-q, --quiet', 'tell only what did not pass, and the sum').conflicts('verbose'))
    .addOption(output('--html <file>', 'write a page with a timeline of each scenario'))
    .addOption(output('--pcap <dir>', 'write a capture of each run, for Wireshark'))
    .addOption(
      new Option(
        '--pcap-with <what>',
        'put secrets into them too: keys (of TLS that the link ends), kernel (in the lab netns: two more captures, as the kernel saw it)',
      )
        .choices(RAW_PARTS)
        .argParser(rawParts),
    )
    .addOption(output('--json <file>', 'write a JSON report'))
    .addOption(output('--junit <file>', 'write a JUnit report'))
    .addOption(output('--ctrf <file>', 'write a report in the Common Test Report Format'))
    .addOption(output('--markdown <file>', 'write a summary in Markdown, with a diagram of each failure'))
    .option('--reporter <name>', "ours, vitest's, or a package's; may be given more than once", collect)
    .addOption(output('--out <dir>', 'where evidence is saved (default: .halfopen/<time>); {shard} is its number'))
}

function rawParts(text: string, before: readonly RawPart[] = []): readonly RawPart[] {
  const parts = text.split(',').map(part => {
    const known = RAW_PARTS.find(name => name === part)
    if (known === undefined) throw new InvalidArgumentError(`It is one of ${RAW_PARTS.join(', ')}, or both.`)
    return known
  })
  return [...before, ...parts]
}

const tags = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').filter(tag => tag !== ''),
]
