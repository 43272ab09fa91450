/** `--start-at TIME`: parts of a fleet that several machines play begin at one moment. */
import { type DateOfMachine, machineDate, serverDate } from '../../clock/wall-clock.ts'
import type { Scenario } from '../../model/scenario.ts'
import type { Catalog } from '../../plugins.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import type { Shard } from '../../terminal/shard.ts'
import { splitAddress } from '../../text/address.ts'
import { plainly } from '../../text/message-of.ts'
import { plural, seconds } from '../../text/words.ts'

const FORMS = 'write it like 2026-12-24T18:00:00Z, 2026-12-24T19:00:00+01:00, 18:00:00Z (today) or @1798135200'

/** A date with its zone: ISO 8601, RFC 3339. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/
const TIME_OF_DAY = /^\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/
const SECONDS = /^@(\d{1,12}(?:\.\d{1,3})?)$/

/** Milliseconds since 1970, or what is wrong with the text. `nowMs`: what day it is. Pure. */
export function momentIn(text: string, nowMs: number): number | string {
  const since1970 = SECONDS.exec(text)?.[1]
  if (since1970 !== undefined) return Math.round(Number(since1970) * 1000)
  const isTime = TIME_OF_DAY.test(text)
  if (!isTime && !DATE.test(text)) return `'${text}' ${whyNot(text)}; ${FORMS}`
  const ms = Date.parse(isTime ? `${new Date(nowMs).toISOString().slice(0, 10)}T${text}` : text)
  // Date.parse takes February 31 for March 3.
  const day = text.slice(0, 10)
  const exists = !Number.isNaN(ms) && (isTime || new Date(`${day}T00:00Z`).toISOString().startsWith(day))
  return !exists ? `'${text}' is no date that exists; ${FORMS}` : ms
}

function whyNot(text: string): string {
  if (/^\+?\d+(?:\.\d+)?(?:ms|s|m|h)$/.test(text)) return 'counts from now, which is another moment on each machine'
  if (/^\d{1,2}:\d\d/.test(text) || /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text))
    return 'does not say its zone, so that machines could take it for different moments'
  return 'is no moment'
}

/** For devices' last words, and for what a busy machine needs to begin. */
const MARGIN_MS = 5000
/** A slip in the date, rather than a plan: nobody wants a process to wait for longer. */
const FARTHEST_MS = 24 * 3_600_000

const HOUR_MS = 3_600_000
const span = (ms: number): string => (ms < 2 * HOUR_MS ? seconds(ms) : `${Math.round(ms / HOUR_MS)} hours`)

/** Why nothing could begin then; `undefined` where it can. Pure. */
export function badMoment(startMs: number, nowMs: number, connectsMs: number): string | undefined {
  const inMs = startMs - nowMs
  const needMs = connectsMs + MARGIN_MS
  const date = new Date(startMs).toISOString()
  if (inMs <= 0) return `${date} is past: it was ${span(-inMs)} ago`
  if (inMs > FARTHEST_MS) return `${date} is ${span(inMs)} ahead; at most 24 hours are waited for`
  if (inMs < needMs)
    return `${date} is in ${seconds(inMs)}, and the devices take ${seconds(needMs)} to connect: take a later moment, or a higher rate`
  return undefined
}

export interface StartAt {
  readonly startAt?: string
  readonly timeServer?: string
}

/** What is wrong with asking these scenarios to start together, before anything is divided. */
function unfit(
  all: readonly Scenario[],
  shard: Shard | undefined,
  { clients, isVirtual, labs }: Pick<Catalog, 'clients' | 'isVirtual' | 'labs'>,
  labIn: (scenario: Scenario) => string,
): string | undefined {
  const [scenario] = all
  if (all.length !== 1 || !scenario)
    return `one scenario begins then, and ${plural(all.length, 'scenario')} were chosen: name a file, or take --grep`
  const { name } = scenario.client
  if (!clients.get(name)?.fleet)
    return `it is for fleets, whose devices several machines share; the client of "${scenario.name}" is ${name}`
  const lab = labIn(scenario)
  if (isVirtual(lab) || labs.get(lab)?.speed)
    return `the lab ${lab} has a time of its own; only real time passes on several machines`
  const most = scenario.client.recorded ?? scenario.client.count
  if (shard && shard.of > most)
    return `${shard.of} shards are too many: each needs a device that is recorded, and ${most} of ${scenario.client.count} are`
  return undefined
}

type Around = Parameters<typeof unfit>[2]

/** The moment on this machine's clocks. Complains where it is none, or nothing can begin then. */
export async function startTogether(
  { startAt: text, timeServer }: StartAt,
  all: readonly Scenario[],
  shard: Shard | undefined,
  catalog: Around,
  labIn: (scenario: Scenario) => string,
): Promise<DateOfMachine | undefined> {
  if (text === undefined) {
    if (timeServer !== undefined)
      complain('--time-server', 'it is asked for the moment of --start-at, which is not given')
    return undefined
  }
  const why = unfit(all, shard, catalog, labIn)
  if (why !== undefined) complain('--start-at', why)
  const now = await dateNow(timeServer)
  const startMs = momentIn(text, now.atMs)
  if (typeof startMs === 'string') return complain('--start-at', startMs)
  const [client] = all.map(scenario => scenario.client)
  const connectsMs = client
    ? (catalog.clients.get(client.name)?.fleet?.connectsMs(client.options, client.count) ?? 0)
    : 0
  const bad = badMoment(startMs, now.atMs, connectsMs)
  if (bad !== undefined) complain('--start-at', bad)
  return { ...now, atMs: startMs, monotonicMs: now.monotonicMs + startMs - now.atMs }
}

async function dateNow(timeServer: string | undefined): Promise<DateOfMachine> {
  if (timeServer === undefined) return machineDate()
  const { host, port } = addressOf(timeServer)
  try {
    return await serverDate(host, port)
  } catch (error) {
    throw new Complaint(`error: --time-server: ${plainly(error)}`, EXIT.inconclusive)
  }
}

/** The port of NTP: RFC 5905 §16. */
const NTP_PORT = 123

function addressOf(text: string): { readonly host: string; readonly port: number } {
  if (/^[a-z0-9.-]+$/i.test(text) && !/^\d+$/.test(text)) return { host: text, port: NTP_PORT }
  try {
    const { host, port } = splitAddress(text)
    if (host !== '') return { host, port }
  } catch {}
  return complain('--time-server', `'${text}' is no address; write it like time.example.org or 10.0.0.1:123`)
}

function complain(option: string, why: string): never {
  throw new Complaint(`error: ${option}: ${why}`, EXIT.usage)
}
