import type { Command } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { positiveInteger, seedNumber, wholeNumber } from '../../terminal/options.ts'
import type { RatioOptions } from './options.ts'

const EXAMPLES = `
A list is a,b,c; numbers also from..to/step. For example:
  halfopen ratios --clients all --brokers all --html ratios.html
  halfopen ratios --clients mqttjs --brokers mosquitto --baseline saved.json
  halfopen ratios --clients 'mine=./client --host {host} --port {port} --keepalive {keepalive}' --brokers 'mosquitto, mosquitto { max_keepalive: 60 }'
Exit codes: 0 measured; 1 wrong usage; 3 a figure can't be told; 4 one drifted from the baseline.
All of it: docs/ratios.md

All names: halfopen list --clients --brokers.`

export const ratiosCommand = (root: Command): Command =>
  root
    .command('ratios')
    .description('measure when real clients and brokers notice, as parts of their keep-alive, in real time')
    .option('--clients <list>', 'real clients, or all; also NAME=COMMAND, mqttjs { module: mqtt4 } (default: mqttjs)')
    .option('--brokers <list>', 'real brokers, or all; also NAME=URL, mosquitto { max_keepalive: 60 } (default: aedes)')
    .option('--keepalive <list>', 'keep-alive intervals (default: 2s,4s,6s,8s; accelerated: 60s,120s,180s)')
    .option('--traffic <list>', 'idle, publishing (default: both)')
    .option('--phases <n>', 'moments of the cut, spread over one keep-alive (default: 4)', positiveInteger)
    .option('--broker-samples <n>', 'silent clients for each broker and interval', wholeNumber)
    .option('--lab <name>', 'local, containers or accelerated (default: local)')
    .option('--speed <n>', 'in the lab accelerated: how many times as fast (default: what K allows)', positiveInteger)
    .option('--pairs', 'show every pair too')
    .option('--seed <n>', 'repeat the chances of an earlier table', seedNumber)
    .option('--jobs <n>', 'runs at the same time, at most', positiveInteger)
    .addOption(output('--csv <file>', 'write a table'))
    .addOption(output('--json <file>', 'write everything that was measured'))
    .addOption(output('--html <file>', 'write a page with the lines'))
    .addOption(output('--markdown <file>', 'write the table as Markdown'))
    .option('--baseline <file>', 'hold it against a saved one; exit 4 on drift')
    .option('--tolerance <k,time>', 'of factors, of times (default: 0.02,300ms)')
    .option('--strict', 'a peer of the baseline that is missing is a drift too')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RatioOptions) => {
      const { ratio } = await import('./run.ts')
      process.exitCode = await ratio(options)
    })
