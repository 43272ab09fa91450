import type { Command } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { positiveInteger } from '../../terminal/options.ts'
import type { CalibrateOptions } from './options.ts'

const EXAMPLES = `
For example:
  halfopen calibrate --client mqttjs --keepalive 1s,2s,3s
  halfopen calibrate --command "./device --host {host} --port {port} --keepalive {keepalive} --id {clientid}" --name my-device --peer-version 1.2
  halfopen calibrate --broker mosquitto --out mosquitto.profile.json
  halfopen calibrate --client mqttjs --check mqttjs.profile.json
  halfopen calibrate --client mqttjs --lab accelerated --keepalive 60s,120s,180s
Exit codes: 0 it is measured, or as it was; 1 wrong usage; 2 a profile is wrong; 3 the measurement is too poor; 4 with --check: it has changed.`

export function calibrateCommand(root: Command): void {
  root
    .command('calibrate')
    .description('measure a client or a broker, and write the profile that scenarios and the lab simulated use')
    .option('--client <name>', 'a client (halfopen list --clients)')
    .option('--command <text>', 'instead: any program, as in a scenario')
    .option('--broker <name>', 'instead: a broker, or its URL')
    .option('--options <yaml>', "its options, as a scenario gives them: '{ reconnectPeriod: 500 }'")
    .option('--against <name>', 'who stands at the other end')
    .option('--keepalive <list>', 'keep-alives to measure at (default: 2s,4s,6s,8s; accelerated: 60s,120s,180s)')
    .option('--phases <n>', 'of a client: moments of the cut, spread over one keep-alive', positiveInteger)
    .option('--samples <n>', 'of a broker: silent clients at each keep-alive', positiveInteger)
    .option('--lab <name>', 'local, containers or accelerated (default: local)')
    .option('--speed <n>', 'in the lab accelerated: how many times as fast (default: what K allows)', positiveInteger)
    .option('--name <name>', 'what the profile calls it (default: as evidence does)')
    .option('--peer-version <text>', 'its version, where it does not tell it')
    .addOption(output('--out <file>', 'where the profile is written (default: <name>.profile.json)'))
    .option('--check <file>', 'write nothing, and fail where it is no longer as in this profile')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CalibrateOptions) => {
      const { calibrate } = await import('./run.ts')
      process.exitCode = await calibrate(options)
    })
}
