import type { Command } from 'commander'

const MORE = `
Example:
  npx halfopen init && npx halfopen run

Exit codes: 0 written, or there already; 3 a file could not be written.`

export function initCommand(root: Command): void {
  root
    .command('init')
    .description('write a first scenario and a GitHub Actions workflow into this project; overwrites nothing')
    .addHelpText('after', MORE)
    .action(async () => {
      const { initProject } = await import('./run.ts')
      await initProject(process.cwd())
    })
}
