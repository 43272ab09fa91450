#!/usr/bin/env node
import { CommanderError } from 'commander'
import { Complaint, EXIT } from './exit.ts'
import { program } from './program.ts'
import { complain } from './say.ts'

/** `process.exit` at once would cut off what a pipe has not taken yet. */
function leave(code: number): void {
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

try {
  await program().parseAsync()
  leave(Number(process.exitCode ?? EXIT.pass))
} catch (error) {
  if (error instanceof CommanderError) leave(error.exitCode)
  else if (error instanceof Complaint) {
    complain(`${error.message.trimEnd()}\n`)
    leave(error.exitCode)
  } else {
    complain(`halfopen: ${error instanceof Error ? error.stack : String(error)}\n`)
    leave(EXIT.inconclusive)
  }
}
