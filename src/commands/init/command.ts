import type { Command } from 'commander'
import type { InitOptions } from './run.ts'

const MORE = `
Example:
  npx halfopen init && npx halfopen run
  npx halfopen init --gitlab

Exit codes: 0 written, or there already; 3 a file could not be written.`

export function initCommand(root: Command): void {
  root
    .command('init')
    .description('write a first scenario and a CI workflow into this project; overwrites nothing')
    .option('--github', 'a workflow for GitHub Actions (without any option: this)')
    .option('--gitlab', 'jobs for GitLab CI/CD, in two shards')
    .addHelpText('after', MORE)
    .action(async (options: InitOptions) => {
      const { initProject } = await import('./run.ts')
      await initProject(process.cwd(), options)
    })
}
