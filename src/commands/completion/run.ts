import { readdir } from 'node:fs/promises'
import type { Command } from 'commander'
import { middleboxes } from '../../faults/middleboxes/index.ts'
import { ageBoxes } from '../../faults/middleboxes/middlebox.ts'
import { builtIn } from '../../plugins.ts'
import { say } from '../../terminal/say.ts'
import { HOME } from '../../vitest/own-folder.ts'
import { candidates } from './candidates.ts'
import { ASK, type Shell } from './options.ts'

/** The scripts ask halfopen itself, so that they never part from it. Each word has a tab and its meaning behind it. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# halfopen completion bash
_halfopen() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" ${ASK} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _halfopen halfopen
`,
  zsh: `#compdef halfopen
_halfopen() {
  local line
  local -a found
  for line in "\${(@f)$("\${words[1]}" ${ASK} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#found )); then _describe -V halfopen found; else _files; fi
}
if [[ $funcstack[1] == _halfopen ]]; then _halfopen "$@"; else compdef _halfopen halfopen; fi
`,
  fish: `# halfopen completion fish
function __halfopen_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l found (command $words[1] ${ASK} -- $words[2..-1] "$typed" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$typed"
    end
end
complete -c halfopen -f -a '(__halfopen_complete)'
`,
}

export const printScript = (shell: Shell): void => say(SCRIPTS[shell])

/** Of halfopen's own: the names of plug-ins would take the project's config, which is a program. */
export async function printCandidates(root: Command, words: readonly string[]): Promise<void> {
  const runs = await readdir(HOME).catch(() => [])
  const { vocabulary, reporters } = builtIn
  const clients = [...vocabulary.clients.keys()]
  const brokers = [...vocabulary.brokers.keys()]
  const names: Readonly<Record<string, readonly string[]>> = {
    '--lab': vocabulary.labs,
    '--reporter': [...reporters.keys()],
    '--middlebox': [...middleboxes.keys(), ...ageBoxes.keys()],
    '--client': clients,
    '--clients': clients,
    '--broker': brokers,
    '--brokers': brokers,
    '--attach': ['compose'],
    run: runs.filter(name => /^(?:latest|\d{4}-)/.test(name)),
  }
  const found = candidates(root, words, option => names[option] ?? [])
  say(found.map(({ word, about }) => `${word}\t${about}\n`).join(''))
}
