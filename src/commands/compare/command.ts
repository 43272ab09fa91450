import type { Command } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { positiveInteger, seedNumber, shardOf } from '../../terminal/options.ts'
import type { CompareOptions } from './options.ts'

const EXAMPLES = `
A list is a,b,c; numbers also from..to/step. For example:
  halfopen compare --keepalive 10s,30s --idle 45s..345s/60s --client paho-python
  halfopen compare --keepalive 1s..120s/1s --idle 1s..120s/1s --quick --csv x
  halfopen compare --ratio 0.3..1.2/0.1 --idle 350s --fault idle-cut-rst-sender

halfopen ratios measures real programs in real time instead.
All names: halfopen list --clients --brokers. Faults, traffic: docs/compare.md
Exit codes: 0 measured; 1 wrong usage; 3 a cell could not be measured, or a report not written.`

export function compareCommand(root: Command): void {
  root
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
    .option('--shard <i/n>', 'only the i-th of n parts, or auto; put them together with halfopen merge', shardOf)
    .option('--metric <name>', 'what maps show: flaps, unnoticed, client, broker, pings, lost')
    .addOption(output('--csv <file>', 'write a table'))
    .addOption(output('--json <file>', 'write everything that was measured'))
    .addOption(output('--html <file>', 'write a page with a heat map'))
    .addOption(output('--svg <file>', 'write a heat map'))
    .addHelpText('after', EXAMPLES)
    .action(async (options: CompareOptions) => {
      const { compare } = await import('./run.ts')
      process.exitCode = await compare(options)
    })
}
