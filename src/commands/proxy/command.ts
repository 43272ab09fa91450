import type { Command } from 'commander'
import { listenAddress, seedNumber } from '../../terminal/options.ts'
import type { ProxyOptions } from './run.ts'

export function proxyCommand(root: Command): void {
  root
    .command('proxy')
    .description("a TCP proxy with faults, driven through Toxiproxy's HTTP API; runs until it is stopped")
    .option('--listen <host:port>', 'where the API listens', listenAddress, listenAddress('127.0.0.1:8474'))
    .option('--config <file>', "proxies to begin with, in Toxiproxy's JSON")
    .option('--seed <n>', 'repeat the chances of an earlier run', seedNumber)
    .action(async (options: ProxyOptions) => {
      const { runProxy } = await import('./run.ts')
      process.exitCode = await runProxy(options)
    })
}
