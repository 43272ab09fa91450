import type { PeerAt } from '../../judge/history.ts'
import { tallied } from '../../text/words.ts'

/** A library tells its application a moment before or after the link sees the close; later news are of its next attempts. */
const BEFORE_MS = 1000
const AFTER_MS = 300

/** Words that the harness's own events have anyway. */
const TELLING = new Set(['closed', 'error', 'offline', 'exited'])

/**
 * The shortest that says what the application was told: `closed 141 Keep alive timeout (twice)`. News with a code or words
 * of their own come before bare ones. `undefined` where it was told nothing.
 */
export function toldText(peers: readonly PeerAt[], closedMs: number): string | undefined {
  const news = peers.filter(
    ({ who, what, atMs }) =>
      who === 'client' && TELLING.has(what) && atMs >= closedMs - BEFORE_MS && atMs <= closedMs + AFTER_MS,
  )
  const speaking = news.filter(({ code, note }) => code !== undefined || (note !== undefined && note !== ''))
  if (news.length === 0) return undefined
  return tallied((speaking.length > 0 ? speaking : news).map(textOf)).join('; ')
}

function textOf({ what, code, note = '' }: PeerAt): string {
  const words = note.replace(/\s+/g, ' ').trim()
  return [what, code === undefined || words.includes(String(code)) ? '' : String(code), words]
    .filter(text => text !== '')
    .join(' ')
}
