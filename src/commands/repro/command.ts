import { type Command, Option } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { positiveInteger, seedNumber } from '../../terminal/options.ts'
import type { ReproOptions } from './options.ts'

const EXAMPLES = `
For example:
  halfopen repro --middlebox aws-nlb --keepalive 400s
  halfopen repro --middlebox gcp-vpc --keepalive 900s --client libmosquitto --broker mosquitto
  halfopen repro --middlebox azure-lb --keepalive 300s --scale 1/50 --lab local --write scenarios/my-bug.yaml
  halfopen repro --middlebox aws-nlb --keepalive 400s --fix 233s
  halfopen repro --from-log /var/log/mosquitto/mosquitto.log
  journalctl -u mosquitto -o short-iso | halfopen repro --from-log - --client-id pump-9
Middleboxes: halfopen list --presets; clients and brokers: halfopen list --clients --brokers`

/** What a log or a capture tells itself. */
const OF_A_CASE = [
  'middlebox',
  'after',
  'keepalive',
  'client',
  'broker',
  'brokerMax',
  'brokerMin',
  'fix',
  'publish',
  'scale',
  'lab',
]

export function reproCommand(root: Command): void {
  root
    .command('repro')
    .description(
      'play a firewall idle time-out and tell the story: who believed what, what was lost, why, and what helps',
    )
    .option('--middlebox <name>', 'what lies on the path: a preset')
    .option('--after <time>', "its idle time-out, where it is not the preset's")
    .option('--keepalive <time>', "the client's keep-alive, such as 400s", '60s')
    .option('--client <name>', 'the client', 'mqttjs')
    .option(
      '--broker <name>',
      'the broker, or a managed one with its limits: aws-iot-core, azure-iot-hub (default: aedes; mosquitto for MQTT 5.0)',
    )
    .option('--mqtt <level>', '4 is MQTT 3.1.1, 5 is MQTT 5.0', '4')
    .option(
      '--broker-max <time>',
      "the broker's max_keepalive: it imposes this on an MQTT 5.0 client that asks for more",
    )
    .option('--broker-min <time>', 'the least that the broker counts with: what is shorter counts as this')
    .option('--fix <time>', 'play it again with this keep-alive, and say whether it helps')
    .option('--publish <who>', 'who publishes into the silence: broker, client, none', 'broker')
    .option('--scale <1/n>', 'play it in a part of the time; the keep-alive has to stay whole seconds')
    .option('--lab <name>', 'simulated or local (default: local where it takes up to 60 s, else simulated)')
    .addOption(output('--write <file>', 'write the scenario file that reproduces it'))
    .addOption(
      new Option(
        '--from-log <file>',
        "instead: what a broker's or a client's log says; - reads standard input, .gz is unpacked",
      ).conflicts(['fromPcap', ...OF_A_CASE]),
    )
    .addOption(
      new Option(
        '--from-pcap <file>',
        'instead: what a capture says (pcap or pcapng, also .gz; - is standard input)',
      ).conflicts([...OF_A_CASE]),
    )
    .option('--keylog <file>', 'with --from-pcap: the TLS key log (SSLKEYLOGFILE) of what was captured')
    .option('--client-id <id>', 'with --from-log and --from-pcap: only this client')
    .option(
      '--at-least <n>',
      'with --from-log: how often something must have happened to be a pattern (default: 3; 2 with --client-id)',
      positiveInteger,
    )
    .option('--json', 'with --from-log and --from-pcap: as JSON')
    .addOption(output('--html <file>', 'write it as a page too'))
    .option('--seed <n>', 'repeat the chances of an earlier run', seedNumber)
    .addHelpText(
      'after',
      `${EXAMPLES}\nExit codes: 0 played, whether or not it is reproduced; 1 wrong usage; 2 a log or capture can't be read; 4 with --fix, where it does not help; 3 where the run tells nothing.`,
    )
    .action(async (options: ReproOptions) => {
      const { repro } = await import('./run.ts')
      process.exitCode = await repro(options)
    })
}
