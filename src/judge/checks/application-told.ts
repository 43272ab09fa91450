import { z } from 'zod'
import { requestsAt, unansweredAt } from '../../evidence/request.ts'
import { inK, seconds } from '../../text/words.ts'
import { roundTripMs, turnMs } from '../../timing/tolerance.ts'
import type { Windows } from '../../timing/windows.ts'
import { connectionUnderTest, type History, type PeerAt } from '../history.ts'
import type { Check } from './check.ts'
import { lossesOf } from './ending.ts'
import { stillAnsweredMs } from './pending.ts'
import { inconclusive } from './window.ts'

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
  needsControl: 'absence',
  judge(params, history, windows) {
    const sinceMs = history.connections.find(({ establishedMs }) => establishedMs !== undefined)?.establishedMs
    if (sinceMs === undefined) return inconclusive('no CONNACK reached the client')
    const told = toldOfLoss(history, sinceMs)
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

/** A library may speak this long before the link sees the end that it speaks of. */
const AHEAD_MS = 1500

/**
 * What the library told its application of a connection that was lost, or on which the client had waited in vain. An error on a
 * connection that is well (a refused subscription) is no such word, nor is a `closed` after a DISCONNECT that the application asked
 * for.
 */
function toldOfLoss(history: History, sinceMs: number): readonly PeerAt[] {
  const { peers, connections } = history
  const ends = lossesOf(history)
  const lostMs = ends.flatMap(({ how, atMs }) => (how === 'left' ? [] : [atMs]))
  const onlyLeft = ends.length > 0 && lostMs.length === 0
  const requests = connections.flatMap(connection => requestsAt(connection, 'client'))
  const rttMs = roundTripMs(history.scenario, history.keepaliveMs)
  // Over a WebSocket the link sees the end only once the closing handshake is over, and no packet before.
  const isBlind = connections.some(({ sealed }) => sealed !== undefined)
  const isOfLoss = ({ what, atMs }: PeerAt) =>
    isBlind ||
    (what === 'closed' && !onlyLeft) ||
    lostMs.some(lost => atMs >= lost - turnMs(AHEAD_MS, history)) ||
    unansweredAt(requests, atMs).some(({ at }) => at.atMs < atMs - rttMs)
  return peers.filter(
    event =>
      event.who === 'client' &&
      (event.what === 'closed' || event.what === 'error') &&
      event.atMs >= sinceMs &&
      isOfLoss(event),
  )
}

const TELLING: ReadonlySet<PeerAt['what']> = new Set(['connected', 'offline', 'reconnecting'])

/** Why having heard of nothing says nothing: nobody tells us what the application is told, or there was nothing to tell it yet. */
function whyUnknown(history: History, { clientGivesUp }: Windows): string | undefined {
  const { peers, holds, endMs } = history
  if (!peers.some(({ who, what }) => who === 'client' && TELLING.has(what)))
    return 'the client does not tell us what its application is told, not even that it is connected'
  const ends = lossesOf(history)
  if (ends.some(({ how }) => how !== 'left')) return undefined
  if (ends.length > 0) return 'the client left its connection itself, with DISCONNECT: nothing was lost to tell of'
  const [hold] = holds
  if (!hold) return 'the connection was never lost, so there was nothing to tell'
  if (!clientGivesUp)
    return 'keep-alive 0: the client need not notice that the broker is gone, so it has nothing to tell'
  const dueMs = hold.heldMs + clientGivesUp.latestMs
  if (endMs <= dueMs) {
    const remedy = `make \`until\` at least ${seconds(dueMs - endMs + 1000)} later`
    return `its application was told nothing, but the run ended ${seconds(endMs - hold.heldMs)} after ${hold.fault} held, before its client has to notice; ${remedy}`
  }
  const connection = connectionUnderTest(history)
  return typeof connection !== 'string' && stillAnsweredMs(history, connection, hold, dueMs) !== undefined
    ? `the broker's answers still reached the client after ${hold.fault} held: nothing was lost to tell of`
    : undefined
}

const matches = ({ code, note }: ApplicationToldParams, event: PeerAt): boolean =>
  (code === undefined || event.code === code) &&
  (note === undefined || event.note?.toLowerCase().includes(note.toLowerCase()) === true)

const inWords = ({ code, note }: ApplicationToldParams): string =>
  [code === undefined ? '' : `code ${code}`, note === undefined ? '' : `"${note}"`]
    .filter(part => part !== '')
    .join(' ')
