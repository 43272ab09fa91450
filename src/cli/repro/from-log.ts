import { patternsIn } from '../../repro/log/pattern.ts'
import { readLog } from '../../repro/log/sessions.ts'
import { logText } from '../../repro/log/text.ts'
import { harmless } from '../../text/harmless.ts'
import { LARGE_BYTES, readText } from '../../text/read-text.ts'
import { Complaint, EXIT } from '../exit.ts'
import { say } from '../say.ts'
import type { ReproOptions } from './options.ts'

/** `halfopen repro --from-log`: names what repeats in a log of mosquitto, and what on the path would do that. */
export async function tellLog(file: string, { clientId, atLeast }: ReproOptions): Promise<number> {
  const text = await readText(file, { mostBytes: LARGE_BYTES }).catch((error: Error) => error)
  if (typeof text !== 'string') throw new Complaint(`error: ${file} can't be read: ${text.message}`, EXIT.unreadable)
  const log = readLog(text)
  const chosen = log.sessions.filter(session => clientId === undefined || session.clientId === clientId)
  const sessions = harmless(chosen)
  if (sessions.length === 0) throw new Complaint(`error: ${file}: ${nothing(log.dated, clientId)}`, EXIT.unreadable)
  say(logText({ ...log, sessions }, patternsIn(sessions, atLeast)))
  return EXIT.pass
}

function nothing(dated: number, clientId: string | undefined): string {
  if (dated === 0) return 'no line has a date (log_timestamp true) that can be read'
  return clientId === undefined ? 'no client connects in it' : `no client called '${clientId}' connects in it`
}
