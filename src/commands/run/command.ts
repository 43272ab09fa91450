import type { Command } from 'commander'
import { positiveInteger, seedNumber, shardOf, wholeNumber } from '../../terminal/options.ts'
import type { RunCommandOptions } from './options.ts'

export function runCommand(root: Command): void {
  root
    .command('run')
    .description("play scenarios and judge them; with no files, the project's own scenarios/ or else the bundled ones")
    .argument('[files...]', 'scenario files or globs')
    .option('--lab <name>', 'where broker, link and client live (default: local, or what a scenario was made for)')
    .option('--attach <what>', 'use what is already running: compose, as docker-compose.yml starts it')
    .option('--broker-url <url>', 'use the broker that runs there, for all scenarios or as name=mqtts://...', collect)
    .option('--broker-user <name>', 'its user; the password comes from HALFOPEN_BROKER_PASSWORD')
    .option('--broker-ca <file>', 'PEM file of the CA that signed its certificate')
    .option('--broker-cert <file>', "PEM file of the client's certificate")
    .option('--broker-key <file>', 'PEM file of its key; a passphrase comes from HALFOPEN_BROKER_PASSPHRASE')
    .option('--toxiproxy <url>', 'use the Toxiproxy that runs there')
    .option('--profile <file>', 'judge every peer of this name and version by its measured profile', collect)
    .option('--grep <text>', 'only scenarios whose name or file contains this text')
    .option('--jobs <n>', 'scenarios at once (default: all, up to 200)', positiveInteger)
    .option('--replays <n>', 'how often a scenario is played again that the machine spoilt (default: 2)', wholeNumber)
    .option('--shard <i/n>', 'only the i-th of n parts, or auto: as the scheduler of this job tells', shardOf)
    .option('--json <file>', 'write a JSON report')
    .option('--junit <file>', 'write a JUnit report')
    .option('--ctrf <file>', 'write a report in the Common Test Report Format')
    .option('--markdown <file>', 'write a summary in Markdown, with a diagram of each failure')
    .option('--html <file>', 'write a page with a timeline of each scenario')
    .option('--pcap <dir>', 'write a capture of each run, for Wireshark')
    .option('--verbose', 'tell each scenario with its figures, however many there are')
    .option('--reporter <name>', "ours or vitest's; may be given more than once", collect)
    .option('--seed <n>', 'repeat the chances of an earlier run', seedNumber)
    .option('--out <dir>', 'where evidence is saved (default: .halfopen/<time>)')
    .option('--no-commands', 'refuse scenarios that start programs or load code (also: HALFOPEN_NO_COMMANDS=1)')
    .action(async (files: string[], options: RunCommandOptions) => {
      const [{ runScenarios }, { labFor }] = await Promise.all([import('./run.ts'), import('./attach.ts')])
      const { lab: _, ...rest } = options
      process.exitCode = await runScenarios(files, { ...rest, ...labFor(options) })
    })
}

const collect = (name: string, names: readonly string[] = []): string[] => [...names, name]
