import { type Command, Option } from 'commander'
import { output } from '../../terminal/command-line.ts'
import { mqttListenAddress, positiveInteger } from '../../terminal/options.ts'
import { DEFAULTS } from './defaults.ts'
import type { DeviceOptions } from './options.ts'

const MORE = `
It waits for a real device (or any MQTT client) to connect through its link, takes
it through a fixed programme of faults, and judges it: docs/device.md. For example:
  halfopen device --listen 192.168.1.10:1883 --report report.md
  halfopen device --broker mqtt://broker.example --only pingresp,backoff
Exit codes: 0 passed, also with warnings; 1 wrong usage; 3 inconclusive, or no
device came; 4 failed; 130, 143 stopped by SIGINT, SIGTERM.`

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

export function deviceCommand(root: Command): void {
  root
    .command('device')
    .description('test a real device: wait for it to connect, put it through faults, and report')
    .addOption(
      new Option('--listen <host:port>', 'where the device is to connect')
        .argParser(mqttListenAddress)
        .default(mqttListenAddress(DEFAULTS.listen), DEFAULTS.listen),
    )
    .option('--broker <url>', 'mqtt://, mqtts:// or ws://host:port; or one to start: aedes, mosquitto', DEFAULTS.broker)
    .option('--websocket', 'the device comes over a WebSocket, and the broker that is started speaks so')
    .option('--tls', 'the device speaks TLS, and the link ends it on both sides: all steps, over mqtts')
    .option('--ca <file>', 'with --tls: the CA that signs what the device is shown; without it one is made')
    .option('--ca-key <file>', "the CA's key")
    .option('--cert <file>', 'the certificate that the device is shown')
    .option('--key <file>', 'its key')
    .option('--clients-ca <file>', 'the device has to show a certificate that this CA has signed')
    .option('--broker-ca <file>', "the CA of the broker's certificate; without it the system's")
    .option('--broker-cert <file>', 'the certificate that the broker is shown')
    .option('--broker-key <file>', 'its key')
    .addOption(
      output('--save-ca <file>', 'write the CA for the device: .pem, .der or .h; may be given several times').argParser(
        collect,
      ),
    )
    .option('--client-id <id>', "the device's client id, or PREFIX*; without it the first that connects")
    .option(
      '--pid <n>',
      "the device's process, where it is a program here: it is stopped for the step sleep",
      positiveInteger,
    )
    .option('--wait <time>', 'how long to wait for a device', DEFAULTS.wait)
    .option('--only <steps>', 'only these steps, with commas')
    .option('--skip <steps>', 'not these steps')
    .option('--plan [keepalive]', 'list the steps and how long they take at this keep-alive (60s), and end')
    .option('--give-up <time>', 'to close a connection on which nobody answers, from the fault on', DEFAULTS.giveUp)
    .option('--connack <time>', 'to give up an attempt without a CONNACK', DEFAULTS.connack)
    .option('--back <time>', 'to be back once the path is healthy', DEFAULTS.back)
    .option('--refuse <how>', 'how the server that is down turns it away: rst, fin, connack', DEFAULTS.refuse)
    .option('--attempts <n>', 'attempts to come back that are waited for, from 5', positiveInteger, DEFAULTS.attempts)
    .option('--backoff-time <time>', 'how long they are waited for', DEFAULTS.backoffTime)
    .option('--payload <text>', 'of the messages that are sent to a device that subscribes', DEFAULTS.payload)
    .option('--no-messages', 'send it none: a device that obeys what it is sent may do anything')
    .option('--strict', 'warnings fail')
    .addOption(
      output('--report <file>', 'write a report: .md, .html or .json; may be given several times').argParser(collect),
    )
    .addOption(output('--evidence <file>', 'save every packet and close with its date, as NDJSON'))
    .addHelpText('after', MORE)
    .action(async (options: DeviceOptions) => {
      const { testDevice } = await import('./run.ts')
      process.exitCode = await testDevice(options)
    })
}
