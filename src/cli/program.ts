import { Command, Option } from 'commander'
import { adviseCommand } from '../commands/advise/command.ts'
import { calibrateCommand } from '../commands/calibrate/command.ts'
import { compareCommand } from '../commands/compare/command.ts'
import { completionCommand } from '../commands/completion/command.ts'
import { ASK } from '../commands/completion/options.ts'
import { deviceCommand } from '../commands/device/command.ts'
import { doctorCommand } from '../commands/doctor/command.ts'
import { initCommand } from '../commands/init/command.ts'
import { judgeCommand } from '../commands/judge/command.ts'
import { showCommand } from '../commands/judge/show-command.ts'
import { listCommand } from '../commands/list/command.ts'
import { mergeCommand } from '../commands/merge/command.ts'
import { peersCommand } from '../commands/peers/command.ts'
import { probeCommand } from '../commands/probe/command.ts'
import { proxyCommand } from '../commands/proxy/command.ts'
import { ratiosCommand } from '../commands/ratios/command.ts'
import { reproCommand } from '../commands/repro/command.ts'
import { runCommand } from '../commands/run/command.ts'
import { COLOR_WHEN, type ColorWhen } from '../model/color.ts'
import { packageVersion } from '../model/package.ts'
import { refuseSlips } from '../terminal/command-line.ts'
import { Complaint, EXIT } from '../terminal/exit.ts'
import { complain, sayHelp, useColor } from '../terminal/say.ts'
import { checkVariables } from '../terminal/user-variables.ts'

const EXIT_CODES = `
Exit codes: 0 all passed; 1 wrong usage; 2 a file is unreadable; 3 inconclusive, or halfopen's own
failure; 4 a scenario failed; 130, 143 stopped by SIGINT, SIGTERM.`

/** They name nothing that a plug-in could bring, or must work where a config does not. */
const WITHOUT_PROJECT: ReadonlySet<string> = new Set(['init', 'proxy', 'completion', ASK])

/** Each command loads what it needs only once it is called. */
export function program(): Command {
  const root = new Command('halfopen')
    .description('Breaks the path between an MQTT client and its broker, and dates who notices, and how late.')
    .version(packageVersion())
    .addHelpText('after', EXIT_CODES)
  // Before the commands: they inherit it. Errors come to main as exceptions.
  root.configureOutput({ writeOut: sayHelp, writeErr: complain })
  root.exitOverride().showHelpAfterError('(halfopen --help tells all commands and options)')
  root.configureHelp({ showGlobalOptions: true })
  root.addOption(new Option('--color <when>', 'colour the output').choices(COLOR_WHEN))
  root.option('--no-color', 'the same as --color never')
  root.hook('preAction', async (_, command) => {
    refuseNowhere()
    const { color } = root.opts<{ color?: ColorWhen | boolean }>()
    useColor(color)
    if (command.name() !== ASK) {
      refuseSlips(command)
      checkVariables(process.env)
    }
    if (WITHOUT_PROJECT.has(command.name())) return
    const { openProject, theProject } = await import('../terminal/project.ts')
    await openProject(command.opts())
    if (typeof color !== 'string' && color !== false) useColor(theProject().config.color)
  })
  for (const define of [
    runCommand,
    judgeCommand,
    showCommand,
    compareCommand,
    // Comparisons are put together by those who know them.
    (command: Command) => mergeCommand(command, async () => (await import('../commands/compare/merge.ts')).merge),
    ratiosCommand,
    calibrateCommand,
    adviseCommand,
    reproCommand,
    probeCommand,
    deviceCommand,
    listCommand,
    initCommand,
    doctorCommand,
    peersCommand,
    proxyCommand,
    completionCommand,
  ])
    define(root)
  return root
}

/**
 * The command line with the names that commands have today: up to 0.1 `ratios` was `compare` with `--clients` or `--brokers`. Goes with
 * the version after.
 */
export function withTodaysNames(argv: readonly string[]): readonly string[] {
  const [node = '', main = '', command, ...rest] = argv
  // A user who types no command wants to see the commands: that is no failure.
  if (command === undefined) return [node, main, '--help']
  if (command !== 'compare' || !rest.some(word => /^--(?:clients|brokers)(?:=|$)/.test(word))) return argv
  return [node, main, 'ratios', ...rest]
}

/** A folder that was removed meanwhile has no path any more, and no path counts from it. */
function refuseNowhere(): void {
  try {
    process.cwd()
  } catch {
    throw new Complaint(
      'error: the folder that halfopen was started in is gone: change into another one',
      EXIT.inconclusive,
    )
  }
}
