import { Argument, type Command } from 'commander'
import { ASK, SHELLS, type Shell } from './options.ts'

const MORE = `
Examples:
  source <(halfopen completion bash)                                          in ~/.bashrc
  halfopen completion zsh > "\${fpath[1]}/_halfopen"                           before compinit
  halfopen completion fish > ~/.config/fish/completions/halfopen.fish

The shell has to find halfopen on its PATH: add node_modules/.bin, or install it globally.
Exit codes: 0; 1 wrong usage.`

export function completionCommand(root: Command): void {
  root
    .command('completion')
    .description('print the script that completes commands, options and names in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', MORE)
    .action(async (shell: Shell) => {
      const { printScript } = await import('./run.ts')
      printScript(shell)
    })
  root
    .command(ASK, { hidden: true })
    .argument('[words...]', 'the words behind halfopen, the last of which is being typed')
    .action(async (words: string[]) => {
      const { printCandidates } = await import('./run.ts')
      await printCandidates(root, words)
    })
}
