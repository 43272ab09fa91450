import { tallied } from '../../text/words.ts'
import type { History, PeerAt } from '../history.ts'

/** A library speaks to its application a moment after it closed; what comes later is of its next attempt. */
const AFTER_CLOSE_MS = 1500
const LONGEST_WORDS = 80

/**
 * What the client's library told its application of a connection that it closed, in its own numbers and words:
 * `its application was told: 141 "on_disconnect: Keep alive timeout" (twice)`. Empty where it gave neither number nor words.
 */
export function applicationWasTold({ peers }: History, heldMs: number, closedMs: number): string {
  const news = peers.filter(
    ({ who, what, atMs }) =>
      who === 'client' &&
      (what === 'closed' || what === 'error') &&
      atMs >= heldMs &&
      atMs <= closedMs + AFTER_CLOSE_MS,
  )
  const said = tallied(news.map(inWords).filter(text => text !== '')).join(', ')
  return said && `its application was told: ${said}`
}

function inWords({ code, note = '' }: PeerAt): string {
  const words = note.length > LONGEST_WORDS ? `${note.slice(0, LONGEST_WORDS)}...` : note
  return [code === undefined ? '' : String(code), words && `"${words}"`].filter(text => text !== '').join(' ')
}
