import { z } from 'zod'
import type { Windows } from '../timing/windows.ts'
import type { Check } from './check.ts'
import type { History, PeerAt } from './history.ts'
import { inconclusive } from './window.ts'
import { inK, seconds } from './words.ts'

interface ApplicationToldParams {
  readonly code?: number | undefined
  readonly note?: string | undefined
}

const options: z.ZodType<ApplicationToldParams> = z.strictObject({
  code: z.int().optional().describe("the library's own number for the reason: 16 of Paho Python's on_disconnect"),
  note: z.string().min(1).optional().describe("part of the library's own words, in whatever case"),
})

/** A client that notices and keeps it to itself is as bad as one that never does. */
export const applicationTold: Check<ApplicationToldParams> = {
  name: 'application-told',
  summary: 'the library tells its application that the connection is gone; with this code, in these words',
  options,
  needsControl: 'pass',
  judge(params, history, windows) {
    const sinceMs = history.connections.find(({ establishedMs }) => establishedMs !== undefined)?.establishedMs
    if (sinceMs === undefined) return inconclusive('no CONNACK reached the client')
    const told = toldAfter(history, sinceMs)
    const match = told.find(event => matches(params, event))
    const expected = inWords(params) || 'anything'
    if (match) {
      const reason = `its application was told ${inWords(match) || `"${match.what}"`} ${inK(match.atMs - sinceMs, history.keepaliveMs)} after CONNACK`
      return { result: 'pass', sinceMs, seenMs: match.atMs, window: null, reason }
    }
    const unknown = told.length === 0 ? whyUnknown(history, windows) : undefined
    if (unknown !== undefined) return inconclusive(unknown, { sinceMs })
    const said = [...new Set(told.map(inWords))].filter(text => text !== '')
    const what = said.length > 0 ? `told ${said.join(', ')}` : 'told nothing'
    const reason = `its application was ${what}; expected ${expected}`
    return { result: 'fail', sinceMs, seenMs: null, window: null, reason }
  },
}

const TELLING: ReadonlySet<PeerAt['what']> = new Set(['connected', 'offline', 'reconnecting'])

/** Why having heard of nothing says nothing: nobody tells us what the application is told, or it was not yet time for it. */
function whyUnknown({ connections, peers, holds, endMs }: History, { clientGivesUp }: Windows): string | undefined {
  if (!peers.some(({ who, what }) => who === 'client' && TELLING.has(what)))
    return 'the client does not tell us what its application is told, not even that it is connected'
  const [hold] = holds
  const dueMs = hold && clientGivesUp ? hold.heldMs + clientGivesUp.latestMs : undefined
  if (!hold || dueMs === undefined || endMs > dueMs) return undefined
  // It had noticed, by itself or from somebody.
  if (connections.some(({ ends }) => ends.some(({ edge, atMs }) => edge === 'client' && atMs >= hold.heldMs))) return
  const remedy = `make \`until\` at least ${seconds(dueMs - endMs + 1000)} later`
  return `its application was told nothing, but the run ended ${seconds(endMs - hold.heldMs)} after ${hold.fault} held, before its client has to notice; ${remedy}`
}

const toldAfter = ({ peers }: History, sinceMs: number): readonly PeerAt[] =>
  peers.filter(({ who, what, atMs }) => who === 'client' && (what === 'closed' || what === 'error') && atMs >= sinceMs)

const matches = ({ code, note }: ApplicationToldParams, event: PeerAt): boolean =>
  (code === undefined || event.code === code) &&
  (note === undefined || event.note?.toLowerCase().includes(note.toLowerCase()) === true)

const inWords = ({ code, note }: ApplicationToldParams): string =>
  [code === undefined ? '' : `code ${code}`, note === undefined ? '' : `"${note}"`]
    .filter(part => part !== '')
    .join(' ')
