import type { Command } from 'commander'

const MORE = `
Examples:
  halfopen doctor
  halfopen doctor --json

Exit code: 0, whatever is missing: a run tells what it needs (halfopen run --dry-run).`

export function doctorCommand(root: Command): void {
  root
    .command('doctor')
    .description('what is usable on this machine, and the command that adds what is not')
    .option('--json', 'as JSON')
    .addHelpText('after', MORE)
    .action(async (options: { json?: boolean }) => {
      const { examine } = await import('./run.ts')
      await examine(options)
    })
}
