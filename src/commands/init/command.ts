import type { Command } from 'commander'

export function initCommand(root: Command): void {
  root
    .command('init')
    .description('write a first scenario and a GitHub Actions workflow into this project; overwrites nothing')
    .action(async () => {
      const { initProject } = await import('./run.ts')
      await initProject(process.cwd())
    })
}
