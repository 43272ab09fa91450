import type { Command } from 'commander'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { positiveInteger, seedNumber, shardOf, wholeNumber } from '../../terminal/options.ts'
import { mixtures, type RatioOptions } from '../ratios/options.ts'
import { outputOptions } from './merge-command.ts'
import type { CompareOptions } from './options.ts'

const EXAMPLES = `
A list is a,b,c; numbers also from..to/step. For example:
  halfopen compare --keepalive 10s,30s --idle 45s..345s/60s --client paho-python
  halfopen compare --keepalive 1s..120s/1s --idle 1s..120s/1s --quick --csv x
  halfopen compare --ratio 0.3..1.2/0.1 --idle 350s --fault idle-cut-rst-sender

--clients or --brokers ask for the ratio table of real programs instead, in real
time. There --keepalive is 2s,4s,6s,8s, --phases 4, --traffic idle,publishing,
--lab local, unless given; the options of the grids do not apply:
  halfopen compare --clients all --brokers all --html ratios.html
  halfopen compare --clients mqttjs --brokers mosquitto --baseline saved.json
Exit code 4 there: a figure drifted from the baseline. All of it: docs/ratios.md

All names: halfopen list --clients --brokers. Faults, traffic: docs/compare.md`

export function compareCommand(root: Command): void {
  const command = root
    .command('compare')
    .description('measure who notices, and how late, over whole grids of intervals, peers and faults')
    .option('--keepalive <list>', 'keep-alive intervals of the client (default: 60s)')
    .option('--ratio <list>', 'instead: parts of the time-out of the middlebox (--idle) or broker (--max-keepalive)')
    .option('--idle <list>', 'idle time-outs of a middlebox on the path')
    .option('--max-keepalive <list>', 'keep-alives that the broker imposes (MQTT 5.0)')
    .option('--broker <list>', 'brokers (default: aedes)')
    .option('--client <list>', 'clients (default: mqttjs)')
    .option('--fault <list>', 'what breaks (default: idle-cut with --idle, else blackhole)')
    .option('--traffic <list>', 'idle, publishing, receiving, each with :qos0 and :30s (default: idle)')
    .option('--latency <list>', 'one way, each way (default: 20ms)')
    .option('--phases <n>', 'moments of the cut, spread over one keep-alive', positiveInteger, 9)
    .option('--for <time>', 'how long a middlebox is watched, at least', '1h')
    .option('--quick', 'end each run at its first detection; nothing is counted over time')
    .option('--lab <name>', 'simulated, or local: real sockets and real time', 'simulated')
    .option('--longest <time>', 'lab local: leave out cells that take longer', '60s')
    .option('--seed <n>', 'repeat the chances of an earlier comparison', seedNumber)
    .option('--jobs <n>', 'threads (default: all cores)', positiveInteger)
    .option('--shard <i/n>', 'only the i-th of n parts; put them together with halfopen merge', shardOf)
  outputOptions(command)
  ratioOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: CompareOptions & RatioOptions) => {
      process.exitCode = await started(options, givenTo(command, options))
    })
}

const ratioOptions = (command: Command): Command =>
  command
    .option('--clients <list>', 'ratio table: real clients, or all (default: mqttjs)')
    .option('--brokers <list>', 'ratio table: real brokers, or all (default: aedes)')
    .option('--pairs', 'ratio table: show every pair too')
    .option('--broker-samples <n>', 'ratio table: silent clients for each broker and interval', wholeNumber)
    .option('--markdown <file>', 'ratio table: write it as Markdown')
    .option('--baseline <file>', 'ratio table: hold it against a saved one; exit 4 on drift')
    .option('--tolerance <k,time>', 'ratio table: of factors, of times (default: 0.02,300ms)')
    .option('--strict', 'ratio table: a peer of the baseline that is missing is a drift too')

/** The names of the options that stand on the command line; what has its default is not among them. */
const givenTo = (command: Command, options: object): ReadonlySet<string> =>
  new Set(Object.keys(options).filter(name => command.getOptionValueSource(name) === 'cli'))

async function started(options: CompareOptions & RatioOptions, given: ReadonlySet<string>): Promise<number> {
  const problems = mixtures(given)
  if (problems.length > 0) throw new Complaint(problems.map(problem => `error: ${problem}`).join('\n'), EXIT.usage)
  if (!given.has('clients') && !given.has('brokers')) {
    const { compare } = await import('./run.ts')
    return compare(options)
  }
  const { ratio } = await import('../ratios/run.ts')
  return ratio(Object.fromEntries(Object.entries(options).filter(([name]) => given.has(name))) as RatioOptions)
}
