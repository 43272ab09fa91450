import { type Command, Option } from 'commander'
import { listenAddress, seedNumber } from '../../terminal/options.ts'
import type { ProxyOptions } from './run.ts'

/** As Toxiproxy's. */
const API_ADDRESS = '127.0.0.1:8474'

const MORE = `
Examples:
  halfopen proxy &
  curl -d '{"name":"mqtt","listen":"127.0.0.1:18830","upstream":"127.0.0.1:1883"}' 127.0.0.1:8474/proxies
  curl -d '{"type":"blackhole"}' 127.0.0.1:8474/proxies/mqtt/toxics

Exit codes: 0 stopped by its API; 1 wrong usage; 2 the config is wrong; 3 it can't listen; 130, 143
stopped by SIGINT, SIGTERM.`

export function proxyCommand(root: Command): void {
  root
    .command('proxy')
    .description("a TCP proxy with faults, driven through Toxiproxy's HTTP API; runs until it is stopped")
    .addOption(
      new Option('--listen <host:port>', 'where the API listens')
        .argParser(listenAddress)
        .default(listenAddress(API_ADDRESS), API_ADDRESS),
    )
    .option('--config <file>', "proxies to begin with, in Toxiproxy's JSON")
    .option('--seed <n>', 'repeat the chances of an earlier run', seedNumber)
    .addHelpText('after', MORE)
    .action(async (options: ProxyOptions) => {
      const { runProxy } = await import('./run.ts')
      process.exitCode = await runProxy(options)
    })
}
