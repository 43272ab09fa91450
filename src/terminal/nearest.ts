import { nearest } from '../text/nearest.ts'
import { Complaint, EXIT } from './exit.ts'

/** The complaint about a name that is none: the nearest one, and all there are. */
export function unknownName(option: string, given: string, allowed: readonly string[]): Complaint {
  const near = nearest(given, allowed)
  const hint = near === undefined ? '' : ` Did you mean '${near}'?`
  return new Complaint(
    `error: ${option}: nothing is called '${given}'.${hint}\nallowed: ${allowed.join(', ')}`,
    EXIT.usage,
  )
}
