import type { Command } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { positiveInteger } from '../../terminal/options.ts'
import type { ProbeOptions } from './run.ts'

const MORE = `
Examples:
  halfopen probe mqtts://broker.example
  halfopen probe mqtt://10.0.0.5 --max 30m --json

User and password may also come from MQTT_USERNAME and MQTT_PASSWORD. Ctrl-C shows what is known by then.
Exit codes: 0 a bound was found, or none up to --max; 1 wrong usage; 3 it can't be told, or no broker answers.`

export function probeCommand(root: Command): void {
  root
    .command('probe')
    .description('find the idle time-out of the path between here and a broker')
    .argument('<url>', 'mqtt://host[:port], mqtts://user:password@host[:port], ws://host/path or wss://host/path')
    .option('--max <time>', 'the longest silence; the whole takes at most 1.3 times as long', '600s')
    .option('--connections <n>', 'connections at once, at most', positiveInteger, 120)
    .option('--patience <time>', 'how long an answer may take (default: 20 round trips, 3s to 10s)')
    .option('--insecure', 'accept a certificate that can not be verified')
    .option('--json', 'print the answer as JSON')
    .addOption(output('--html <file>', 'write it as a page too'))
    .addHelpText('after', MORE)
    .action(async (url: string, options: ProbeOptions) => {
      const { runProbe } = await import('./run.ts')
      process.exitCode = await runProbe(url, options)
    })
}
