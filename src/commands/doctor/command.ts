import type { Command } from 'commander'

export function doctorCommand(root: Command): void {
  root
    .command('doctor')
    .description('what is usable on this machine, and the command that adds what is not')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { examine } = await import('./run.ts')
      await examine(options)
    })
}
