import type { Event, PeerEvent } from '../model/event.ts'
import type { Evidence } from '../model/evidence.ts'

const LONGEST_WORDS = 120

/**
 * Why nothing was tested, as far as the client told: `no CONNACK reached the client, so nothing was tested: command ./device
 * ended with exit code 3; its last words: "no such sensor"`.
 */
export function whyUnconnected({ header: { client }, events }: Evidence): string {
  const own = events.filter(isClient)
  const opened = events.some(({ what }) => what === 'open')
  const ends = own.filter(({ what }) => what === 'exited')
  const words = lastWords(own)
  // A program of its own is `started`; a client of ours needs no word to say that it ran.
  const silent = own.some(({ what }) => what === 'started') && !opened
  const told = ends.length > 0 || words !== undefined || silent
  const facts = [
    ...(told ? [`${client.name} ${client.version} ${whatItDid(ends, opened)}`] : []),
    ...(words === undefined ? [] : [`its last words: "${words}"`]),
  ]
  return ['no CONNACK reached the client, so nothing was tested', facts.join('; ')].filter(Boolean).join(': ')
}

/** The client's program ended with an error before any CONNACK came: it would do so again, however calm the machine. */
export const diedUnconnected = ({ events }: Pick<Evidence, 'events'>): boolean =>
  events.some(event => isClient(event) && event.what === 'exited' && event.code !== undefined && event.code !== 0) &&
  !events.some(event => event.what === 'packet' && event.packet.cmd === 'connack')

const isClient = (event: Event): event is Event & PeerEvent => event.who === 'client'

function whatItDid(ends: readonly PeerEvent[], opened: boolean): string {
  const how = ends.at(-1)?.note
  if (how === undefined) return opened ? 'opened a connection' : 'opened no connection'
  return ends.length === 1 ? `ended with ${how}` : `ended ${ends.length} times, the last time with ${how}`
}

/** A program's standard error says more of a failure than what its library told it. */
function lastWords(own: readonly PeerEvent[]): string | undefined {
  const said = own.filter(({ note }) => note !== undefined && note.trim() !== '')
  const last = said.findLast(({ what }) => what === 'log') ?? said.findLast(({ what }) => what === 'error')
  return last?.note?.slice(0, LONGEST_WORDS)
}
