import { Complaint, EXIT, quit } from '../terminal/exit.ts'
import { complain } from '../terminal/say.ts'
import { plainly } from '../text/message-of.ts'
import { hearOutput, leave, sayLast } from './output.ts'
import { program, withTodaysNames } from './program.ts'

function end(error: unknown): void {
  // It has said so itself.
  if (error instanceof Error && error.name === 'CommanderError') leave(Number(Object(error).exitCode))
  else if (error instanceof Complaint) {
    complain(`${error.message.trimEnd()}\n`)
    leave(error.exitCode)
  } else {
    complain(`halfopen: ${wordsFor(error)}\n`)
    leave(EXIT.inconclusive)
  }
}

/** What the system refuses has a reason, and is no fault of halfopen's: where in its code that was helps nobody. */
function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  const isSystems = typeof code === 'string' && /^E[A-Z\d]+$/.test(code)
  if (isSystems) return `${path === undefined ? '' : `${path}: `}${plainly(error)}`
  // Node's loader takes a file that it can't open for one that is not there.
  if (code === 'ERR_MODULE_NOT_FOUND')
    return `${error.message.split('\n')[0]}: no more files may be open (ulimit -n), or the installation is not whole`
  return REFUSED.test(error.message) ? error.message : String(error.stack)
}

/** The system's own words inside Node's: `Worker initialization failure: EMFILE`. */
const REFUSED = /out of memory|\bE(?:MFILE|NFILE|NOMEM|AGAIN|NOSPC|DQUOT|IO|ROFS)\b/i

/** Of what nobody waits for any more: the state of things is unknown then. */
function crash(error: unknown): never {
  sayLast(wordsFor(error))
  quit(EXIT.inconclusive)
}

hearOutput()
process.on('uncaughtException', crash)
process.on('unhandledRejection', crash)
try {
  await program().parseAsync(withTodaysNames(process.argv))
  leave(Number(process.exitCode ?? EXIT.pass))
} catch (error) {
  end(error)
}
