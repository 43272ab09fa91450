import type { Command } from 'commander'
import type { AdviseOptions } from './run.ts'

const MORE = `
Examples:
  halfopen advise --keepalive 60s --middlebox aws-nlb
  halfopen advise --keepalive 20m --idle 350s --client esp-mqtt
  halfopen advise scenarios

Exit codes: 0 it suits, perhaps with little margin (warn); 1 wrong usage; 2 a scenario file is wrong;
4 it does not suit.`

export function adviseCommand(root: Command): void {
  root
    .command('advise')
    .description(
      'whether a keep-alive suits the path and the broker, what it costs, and who notices how late; or lint scenarios',
    )
    .argument('[files...]', 'scenario files or globs to lint, instead of --keepalive')
    .option('--keepalive <time>', "the client's keep-alive, such as 60s; 0s: off")
    .option('--idle <time>', 'idle time-out of the shortest-tempered box on the path, such as 350s')
    .option('--middlebox <name>', "instead of --idle: a preset's (halfopen list --presets)")
    .option('--client <name>', 'a client library: some ping before K is over (esp-mqtt, azure-iot-sdk-csharp)')
    .option('--broker <name>', 'a managed broker, with its limits (aws-iot-core, azure-iot-hub), or a broker family')
    .option('--broker-max <time>', 'the longest keep-alive that the broker allows')
    .option('--broker-min <time>', 'the least that the broker counts with: what is shorter counts as this')
    .option('--mqtt <level>', '4 is MQTT 3.1.1, 5 is MQTT 5.0', '4')
    .addHelpText('after', MORE)
    .action(async (files: string[], options: AdviseOptions) => {
      const { adviseAll } = await import('./run.ts')
      process.exitCode = await adviseAll(files, options)
    })
}
