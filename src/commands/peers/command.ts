import { type Command, Option } from 'commander'
import type { PeersOptions } from './run.ts'

const MORE = `
Examples:
  halfopen peers --list
  halfopen peers --apt paho-python mochi

What needs a tool that is not there is skipped by name; with HALFOPEN_REQUIRE=all that is a failure.
HALFOPEN_PEERS names another folder than .peers.
Exit codes: 0 made, or skipped; 1 wrong usage; 3 something failed.`

export function peersCommand(root: Command): void {
  root
    .command('peers')
    .description('make the clients and brokers that halfopen brings as source only, each by the tools of its language')
    .argument('[names...]', 'only these')
    .addOption(new Option('--apt', 'first install the Debian packages that they need').conflicts(['list', 'remove']))
    .addOption(new Option('--list', 'only say what is made, with versions').conflicts('remove'))
    .option('--remove', 'remove what was made')
    .addHelpText('after', MORE)
    .action(async (names: string[], options: PeersOptions) => {
      const { makePeers } = await import('./run.ts')
      process.exitCode = await makePeers(names, options)
    })
}
