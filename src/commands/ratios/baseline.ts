import { z } from 'zod'
import { falseAlarmsSchema } from '../../figures/peer-row.ts'
import type { PeerVersion } from '../../model/evidence.ts'
import { figuresOf, fitSchema } from '../../model/peer-figures.ts'
import { atPlace, IN_WORDS } from '../../text/schema-words.ts'
import { exactBrokers } from '../../timing/profiles/brokers.ts'
import { exactClients } from '../../timing/profiles/clients.ts'
import { familyOf, type PeerRow as ProfileRow } from '../../timing/profiles/peer.ts'
import { SERVER_TIMEOUT } from '../../timing/spec.ts'
import { inRange } from '../../timing/version.ts'
import { RATIOS_FORMAT } from './ratio-table.ts'

/** What the sources say that the table must find, as a baseline: `peers/expected.json`. */
export function expectedBaseline(): Baseline {
  const clients = exactClients().flatMap(clientRows)
  const brokers = exactBrokers().map(
    ({ exactGranularity, ...row }): BaselineRow => ({
      ...head(row, 'broker'),
      afterLastPacket: SERVER_TIMEOUT,
      granularityMs: exactGranularity.ms,
    }),
  )
  return { ratios: RATIOS_FORMAT, peers: [...clients, ...brokers] }
}

/** Two where a library learnt to keep to a Server Keep Alive in between. */
function clientRows({ exact, ...profile }: ReturnType<typeof exactClients>[number]): readonly BaselineRow[] {
  const { granularity, serverKeepAlive, ...figures } = exact
  const row = {
    ...head(profile, 'client'),
    ...figures,
    ...(granularity ? { afterAnswerGranularity: granularity } : {}),
  }
  if (typeof serverKeepAlive !== 'object') return [{ ...row, ...(serverKeepAlive ? { serverKeepAlive } : {}) }]
  const { since } = serverKeepAlive
  return [
    { ...row, versions: `${profile.versions} <${since}`, serverKeepAlive: 'ignored' },
    { ...row, versions: `${profile.versions} >=${since}`, serverKeepAlive: 'honoured' },
  ]
}

const NO_FALSE_ALARM = { runs: 0, lost: 0 }

const head = ({ names, versions, keepaliveS, source }: ProfileRow, role: BaselineRow['role']): BaselineRow => ({
  name: names[0] ?? '',
  names: [...names],
  versions,
  role,
  ...(keepaliveS ? { keepaliveS: [...keepaliveS] } : {}),
  falseAlarms: NO_FALSE_ALARM,
  source,
})

/** Of a source a line alone; of an earlier table with its margins, and how far the points lay apart. */
const line = fitSchema.partial({ spreadMs: true })
const figures = figuresOf(line)

/**
 * What a table is held against: an earlier one (`--json`), or what the sources say (`peers/expected.json`). Only what a row
 * has is compared. An earlier table's row is for its name, whatever the version; one with `versions` is for these only.
 */
const rowSchema = z.object({
  name: z.string(),
  role: z.enum(['client', 'broker']),
  version: z.string().exactOptional(),
  names: z.array(z.string()).exactOptional(),
  versions: z.string().exactOptional(),
  /** Keep-alives for which it holds, both ends included. */
  keepaliveS: z.tuple([z.number(), z.number()]).exactOptional(),
  afterAnswer: figures.afterAnswer.exactOptional(),
  /** How much later than `afterAnswer` each median may be. */
  afterAnswerGranularity: line.exactOptional(),
  ping: figures.ping.exactOptional(),
  afterLastPacket: figures.afterLastPacket.exactOptional(),
  granularityMs: figures.granularityMs.exactOptional(),
  granularityWithinMs: figures.granularityWithinMs.exactOptional(),
  whilePublishing: figures.whilePublishing.exactOptional(),
  serverKeepAlive: figures.serverKeepAlive.exactOptional(),
  told: figures.told.exactOptional(),
  never: z.literal(true).exactOptional(),
  falseAlarms: falseAlarmsSchema.exactOptional(),
  doubts: z.array(z.string()).exactOptional(),
  source: z.string().exactOptional(),
})
export type BaselineRow = Readonly<z.infer<typeof rowSchema>>

const baselineSchema = z.object({ ratios: z.literal(RATIOS_FORMAT), peers: z.array(rowSchema) })
export type Baseline = Readonly<z.infer<typeof baselineSchema>>

/** Or what is wrong with the text. */
export function readBaseline(text: string): Baseline | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return `no JSON: ${(error as Error).message.split(/, (?:\.\.\.)?"/, 1)[0]}`
  }
  const baseline = baselineSchema.safeParse(parsed, IN_WORDS)
  if (baseline.success) return baseline.data
  const [issue] = baseline.error.issues
  const why = issue?.path.length ? ` (${atPlace(issue.path, issue.message)})` : ''
  return `no ratio table of halfopen${why}; halfopen ratios --clients all --json FILE writes one`
}

/** Whether a row of a baseline speaks of this peer, in this role, at these keep-alives. */
export function speaksOf(
  row: BaselineRow,
  peer: PeerVersion & { readonly role: BaselineRow['role']; readonly keepalivesS: readonly number[] },
): boolean {
  if (row.role !== peer.role) return false
  const [from, to] = row.keepaliveS ?? [0, Infinity]
  if (row.versions === undefined) return row.name === peer.name
  return (
    isNamed(row, peer.name) &&
    inRange(peer.version, row.versions) &&
    peer.keepalivesS.every(keepaliveS => keepaliveS >= from && keepaliveS <= to)
  )
}

/** By its own name, or where the row is for a family by the family's: `mqttjs-4` is an MQTT.js. */
export const isNamed = ({ name, names }: BaselineRow, peer: string): boolean =>
  name === peer || (names?.includes(familyOf(peer)) ?? false)
