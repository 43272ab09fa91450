import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'
import { candidates } from '../../src/commands/completion/candidates.ts'
import { noProgram, titled } from '../needs.ts'
import { MAIN } from './halfopen.ts'

describe('what may stand in a place', () => {
  const names: Record<string, string[]> = { '--lab': ['local', 'simulated'], run: ['latest'] }
  const words = (...typed: string[]) =>
    candidates(program(), typed, option => names[option] ?? []).map(({ word }) => word)

  test.each([
    ['a command', ['re'], ['repro']],
    ['a command behind an option of all', ['--color', 'never', 'jud'], ['judge']],
    ['an option', ['run', '--last'], ['--last-failed']],
    ['an option of all commands', ['run', '--colo'], ['--color']],
    ['the value of an option', ['run', '--lab', ''], ['local', 'simulated']],
    ['one that the program itself restricts', ['run', '--color', 'a'], ['auto', 'always']],
    ['an argument', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['a run', ['show', 'l'], ['latest']],
    ['a file, which the shell knows', ['run', 'scen'], []],
    ['a file behind an option', ['run', '--html', ''], []],
    ['anything behind what is no command', ['nothing', ''], expect.arrayContaining(['run'])],
  ])('is %s', (_, typed, found) => {
    expect(words(...typed)).toEqual(found)
  })

  test('every option of every command is found, and none that is hidden', () => {
    const root = program()
    for (const command of root.createHelp().visibleCommands(root)) {
      if (command.name() === 'help') continue
      const long = command.options.map(option => option.long)
      expect(words(command.name(), '--')).toEqual(expect.arrayContaining(long))
    }
    expect(words('__')).toEqual([])
  })
})

describe('the scripts, in the real shells', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'halfopen-shell-'))
    await mkdir(join(dir, 'scenarios'))
    await writeFile(join(dir, 'halfopen'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
    await chmod(join(dir, 'halfopen'), 0o755)
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))
  const shell = (file: string, args: string[], script: string) =>
    execa(file, [...args, script], { cwd: dir, env: { PATH: `${dir}:${process.env.PATH}` }, timeout: 90_000 })

  const bash = noProgram('bash')
  test.skipIf(bash !== undefined)(
    titled('bash completes names and values, and leaves files to itself', bash),
    async () => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's, not ours.
      const typed = 't() { COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _halfopen; echo "${COMPREPLY[*]}"; }'
      const { stdout } = await shell(
        'bash',
        ['-c'],
        `source <(halfopen completion bash); ${typed}
      t halfopen ju; t halfopen run --lab s; t halfopen run scen; complete -p halfopen`,
      )
      expect(stdout.split('\n')).toEqual([
        'judge',
        'simulated',
        '',
        'complete -o bashdefault -o default -F _halfopen halfopen',
      ])
    },
  )

  const zsh = noProgram('zsh')
  test.skipIf(zsh !== undefined)(titled('zsh completes names, values and files', zsh), async () => {
    const script = `zmodload zsh/zpty
      zpty z TERM=dumb zsh -f -i
      zpty -w z "autoload -Uz compinit; compinit -u -D; source <(halfopen completion zsh); print RE''ADY"
      zpty -r z out $'*READY\\r*'
      zpty -w -n z $'halfopen run --lab simu\\t'; zpty -r z out '*simulated*' && print lab
      zpty -w -n z $'--last-f\\t'; zpty -r z out '*--last-failed*' && print option
      zpty -w -n z $'scen\\t'; zpty -r z out '*scenarios/*' && print file`
    expect((await shell('zsh', ['-f', '-c'], script)).stdout.split('\n')).toEqual(['lab', 'option', 'file'])
  })

  const fish = noProgram('fish')
  test.skipIf(fish !== undefined)(titled('fish completes names, values and files', fish), async () => {
    const script = `halfopen completion fish | source
      complete -C 'halfopen ju'; complete -C 'halfopen run --lab s'; complete -C 'halfopen run scen'`
    expect((await shell('fish', ['-N', '-c'], script)).stdout.split('\n')).toEqual([
      'judge\tjudge saved evidence again, without a broker',
      'simulated',
      'scenarios/',
    ])
  })
})
