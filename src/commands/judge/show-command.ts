import type { Command } from 'commander'
import type { ShowOptions } from './show.ts'

const MORE = `
Examples:
  halfopen show                              the last run
  halfopen show 2026-11-27T18-37-16-868      an earlier one, as .halfopen/ names it
  halfopen show evidence/my-claim.ndjson     one scenario
  halfopen show --print                      only make the page, and tell where it is

The page is a file that fetches nothing, and no server is started. Without a browser (no desktop, in CI)
its path is printed and that is all.
Exit codes: 0; 1 there is no such run; 2 it is no evidence; 3 the page can't be written.`

export function showCommand(root: Command): void {
  root
    .command('show')
    .description('open the page about a run in a browser; it is made where the run has none')
    .argument('[run]', 'a run in .halfopen/, a folder of evidence, an evidence file or a page (default: the last run)')
    .option('--print', 'open nothing, only print where the page is')
    .addHelpText('after', MORE)
    .action(async (run: string | undefined, options: ShowOptions) => {
      const { showRun } = await import('./show.ts')
      process.exitCode = await showRun(run, options)
    })
}
