import { join, resolve } from 'node:path'
import { PACKAGE_DIR } from '../../model/package.ts'

/** A program that halfopen does not bring with it, only its source and the lock file that says which versions it is made of. */
export interface Recipe {
  /** Its folder below `peers/`. What is made of it goes to the folder of the same name below `.peers/`. */
  readonly folder: string
  /** Other folders below `peers/` whose files it is made of too. */
  readonly with?: readonly string[]
  /** What has to be on the machine before it can be made. */
  readonly needs: readonly Need[]
  /**
   * Commands in order, each run in its folder below `peers/`. `{build}` stands for the folder that holds what is made; it is
   * there, and empty, at the first of them. They fetch from the language's package registry and from nowhere else.
   */
  readonly steps: readonly Command[]
  /** The folder of what is made of it, below `.peers/`; absent: of the same name as its source. */
  readonly made?: string
  /** The same program made so that its clocks can run faster, where a library that is put before it can't do that. */
  readonly faster?: Recipe
  /** What runs it, in any folder; `{build}` as in `steps`. With `--version` it prints the version of the library under test and ends. */
  readonly run: Command
}

export type Command = readonly [file: string, ...args: string[]]

/** `program` on the PATH, what pkg-config knows as `library`, or that the command `test` succeeds. */
export interface Need {
  readonly program?: string
  readonly library?: string
  readonly test?: Command
  /** The Debian package that has it, where there is one: `halfopen peers --apt` installs it. */
  readonly apt?: string
  /** For whoever does without: a command or an address. */
  readonly remedy: string
}

/** A folder that is one Go module. No `apt`: Debian 12's Go is 1.19, which can't read the go.mod files of today's libraries. */
export const goRecipe = (folder: string): Recipe => ({ ...goProgram(folder, [], []), faster: fasterGo(folder) })

/** A Go program asks the kernel for the time by itself: its own runtime is made to count faster, by `go build -overlay`. */
const fasterGo = (folder: string): Recipe => {
  const plain = goProgram(
    folder,
    [['node', '../go-overlay/overlay.mjs', '{build}/overlay']],
    ['-overlay', '{build}/overlay/overlay.json'],
  )
  const fits: Need = {
    test: ['node', join(sourceFolder('go-overlay'), 'overlay.mjs'), '--check'],
    remedy: 'a Go whose runtime can be made to count faster: 1.26 can',
  }
  return { ...plain, needs: [...plain.needs, fits], with: ['go-overlay'], made: `${folder}-faster` }
}

const goProgram = (folder: string, before: readonly Command[], flags: readonly string[]): Recipe => ({
  folder,
  needs: [{ program: 'go', remedy: 'https://go.dev/dl/ (1.21 or newer)' }],
  steps: [
    ...before,
    ['go', 'build', ...flags, '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', '{build}/program', '.'],
  ],
  run: ['{build}/program'],
})

/** As it is made for another time than the machine's, where it has to be. */
export const inTime = (recipe: Recipe, faster: true | undefined): Recipe => (faster && recipe.faster) ?? recipe

/** The name by which it is made and told apart. */
export const madeName = ({ folder, made = folder }: Pick<Recipe, 'folder' | 'made'>): string => made

/** For a quick start on a busy machine rather than for speed later. */
const SMALL_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx64m'] as const

/** A folder that is one Maven module, whose pom.xml has `made` for its build folder; `main` is the class with its main. */
export const mavenRecipe = (folder: string, main = 'Driver'): Recipe => ({
  folder,
  needs: [
    { program: 'javac', apt: 'openjdk-17-jdk-headless', remedy: 'https://adoptium.net (17 or newer)' },
    { program: 'mvn', apt: 'maven', remedy: 'https://maven.apache.org/download.cgi' },
  ],
  steps: [['mvn', '-q', '-B', '-Dstyle.color=never', '-Dmade={build}', 'compile', 'dependency:copy-dependencies']],
  run: ['java', ...SMALL_JVM, '-cp', '{build}/classes:{build}/lib/*', main],
})

/** A folder with a requirements.txt, whose every line pins a version and its hashes. `program` as its steps find it. */
export const pythonRecipe = (folder: string, program: string): Recipe => {
  const file = program.replace(/^.*\//, '')
  return {
    folder,
    needs: [
      { program: 'python3', apt: 'python3', remedy: 'https://www.python.org/downloads/' },
      // Debian's comes without what makes a virtual environment.
      {
        test: ['python3', '-c', 'import venv, ensurepip'],
        apt: 'python3-venv',
        remedy: 'apt-get install python3-venv',
      },
    ],
    steps: [
      ['python3', '-m', 'venv', '{build}'],
      [
        '{build}/bin/python',
        '-m',
        'pip',
        'install',
        '--quiet',
        '--require-hashes',
        '--requirement',
        'requirements.txt',
      ],
      ['cp', program, `{build}/${file}`],
    ],
    run: ['{build}/bin/python', `{build}/${file}`],
  }
}

/** Where the sources and lock files are. */
export const sourceFolder = (folder: string): string => join(PACKAGE_DIR, 'peers', folder)

/** Where everything is made: `.peers` in the package's own folder, or what HALFOPEN_PEERS names. */
export const peersFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env.HALFOPEN_PEERS ? resolve(env.HALFOPEN_PEERS) : join(PACKAGE_DIR, '.peers')

export const buildFolder = (recipe: Pick<Recipe, 'folder' | 'made'>): string => join(peersFolder(), madeName(recipe))

/** All that its making said, the last time. */
export const logFile = (recipe: Pick<Recipe, 'folder' | 'made'>): string =>
  join(peersFolder(), `${madeName(recipe)}.log`)

/** The command with `{build}` filled in. */
export function inFolder([file, ...args]: Command, build: string): Command {
  const fill = (text: string) => text.replaceAll('{build}', build)
  return [fill(file), ...args.map(fill)]
}
