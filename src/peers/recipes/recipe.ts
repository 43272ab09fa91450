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
