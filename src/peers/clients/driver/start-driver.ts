import { z } from 'zod'
import { commandSecrets } from '../../../evidence/redact.ts'
import type { EventBody } from '../../../model/event.ts'
import { version } from '../../../model/schema.ts'
import type { Scheme } from '../../reach/access.ts'
import { availabilityOf, builtCommand, requireBuilt, versionOf } from '../../recipes/built.ts'
import { type Command, inTime, type Recipe } from '../../recipes/recipe.ts'
import type { ClientContext, ClientKind, Message, StartedClient } from '../client.ts'
import { decodePayload } from '../payload.ts'
import { startProgram } from '../program/client-program.ts'
import { environmentOf, logTo, redactor, shortened } from '../program/environment.ts'
import { longestLineOf, signalOf } from '../program/frozen.ts'

/** What every driver takes; `reconnect` absent: as the library does by default where its user asked for nothing. */
interface DriverOptions {
  readonly reconnect?: boolean | undefined
  readonly version?: string | undefined
}

/** A real library in a small program of its own that speaks the driver protocol (docs/drivers.md). One file each in `clients/`. */
interface DriverSpec<Options extends DriverOptions = DriverOptions> {
  /** As scenario files spell it; the same as the model's of the same library. */
  readonly name: string
  readonly summary: string
  readonly recipe: Recipe
  /** What it speaks (src/dialects/); absent: MQTT. */
  readonly dialect?: string
  /** The name by which profiles know it (timing/profiles/clients.ts); absent: its own. */
  readonly family?: string
  /** Absent: `reconnect` alone. */
  readonly options?: z.ZodType<Options>
  /** More arguments for the program. */
  readonly args?: (options: Options) => readonly string[]
  readonly protocols?: readonly (4 | 5)[]
  readonly leastKeepaliveS?: number
  /** How it can reach a broker; absent: in every way. */
  readonly schemes?: readonly Scheme[]
  /** What its program can be told of its will beside QoS and payload; absent: neither. */
  readonly will?: { readonly delay: boolean; readonly retain: boolean }
  /** What it can be asked to do; absent: both. */
  readonly traffic?: { readonly publishing: boolean; readonly receiving: boolean }
}

export const reconnect = z
  .boolean()
  .exactOptional()
  .describe('whether it comes back after a lost connection; absent: as its library does by default')

/** What the drivers of one library take. */
export const common = { reconnect, version: version.exactOptional() }

const driverOptions = z.strictObject(common)

/** Runs a program that speaks the driver protocol, until it is disposed of. It is not started again: staying is its own duty. */
export async function startDriver(
  context: ClientContext<DriverOptions>,
  [file, ...args]: Command,
): Promise<StartedClient> {
  const { record, dateOf, enter, access, options } = context
  const redact = redactor([access?.username, access?.password, ...commandSecrets([file, ...args].join(' '))])
  const log = logTo(context, redact)
  let over = false
  record({ who: 'client', what: 'started', note: context.clientId })
  const program = await startProgram({
    command: [file, ...args],
    ...(enter ? { enter } : {}),
    env: environmentOf(context, options.reconnect),
    longestLine: longestLineOf(context),
    onOutput(text, seen) {
      const line = parseLine(text)
      const event = line && eventOf(line, redact)
      if (event) record({ ...event, ...(seen && dateOf?.(seen)) })
      else if (!line) log(text, seen)
    },
    onComplaint: log,
    onTrouble: note => record({ who: 'harness', what: 'trouble', note, passing: true }),
  })
  program.ended.then(({ seen, ...how }) => {
    if (!over) record({ who: 'client', what: 'exited', ...how, ...dateOf?.(seen) })
  })
  return {
    pids: () => (program.pid === undefined ? [] : [program.pid]),
    signal: signalOf(record, program.signal),
    publish(message, seq) {
      if (!program.input.writable) return
      record({ who: 'client', what: 'published', flow: 'up', seq })
      program.input.write(publishLine(message, seq))
    },
    async [Symbol.asyncDispose]() {
      over = true
      await program[Symbol.asyncDispose]()
    },
  }
}

const publishLine = ({ topic, qos, payload }: Message, seq: number): string =>
  `publish ${seq} ${qos} ${topic} ${payload}\n`

/** `undefined` for a message that is none of ours. */
function eventOf(line: DriverLine, redact: (text: string) => string): EventBody | undefined {
  if (line.what === 'acknowledged') return { who: 'client', what: line.what, flow: 'up', seq: line.seq }
  if (line.what === 'received') {
    const numbered = decodePayload(Buffer.from(line.payload))
    return numbered && { who: 'client', what: line.what, ...numbered }
  }
  const { note, ...told } = line
  return { who: 'client', ...told, ...(note === undefined ? {} : { note: shortened(redact(note)) }) }
}

const note = z.string().exactOptional()
const code = z.int().exactOptional()
/** MQTT 5.0 §3.2.2.3.14: a two byte integer, in seconds. */
const serverKeepAliveS = z.int().min(0).max(0xffff).exactOptional()

/** A line of a driver's standard output, as docs/drivers.md has it. What else an object may hold is left out. */
const line = z.discriminatedUnion('what', [
  z.object({ what: z.literal('connected'), serverKeepAliveS, note }),
  z.object({ what: z.enum(['closed', 'error', 'reconnecting', 'offline']), code, note }),
  z.object({ what: z.literal('acknowledged'), seq: z.int().positive() }),
  z.object({ what: z.literal('received'), payload: z.string() }),
])
type DriverLine = z.infer<typeof line>

/** `undefined` where it is none. */
export function parseLine(text: string): DriverLine | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return line.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The client kind of a bundled driver. It is skipped by name until `halfopen peers` has made it. */
export function driver<Options extends DriverOptions = DriverOptions>(spec: DriverSpec<Options>): ClientKind<Options> {
  const { name, summary, recipe, dialect, family, protocols, leastKeepaliveS, schemes, args } = spec
  return {
    name,
    summary,
    // Without a schema of its own, a driver's options are those of all.
    options: spec.options ?? (driverOptions as unknown as z.ZodType<Options>),
    program: true,
    recipe,
    will: spec.will ?? { delay: false, retain: false },
    traffic: spec.traffic ?? { publishing: true, receiving: true },
    ...(dialect === undefined ? {} : { dialect }),
    ...(family === undefined ? {} : { family }),
    ...(protocols === undefined ? {} : { protocols }),
    ...(schemes === undefined ? {} : { schemes }),
    ...(leastKeepaliveS === undefined ? {} : { leastKeepaliveS }),
    available: async ({ version }) => availabilityOf(recipe, version),
    version: async () => versionOf(recipe),
    executable: async (_options, faster) => builtCommand(inTime(recipe, faster))?.[0],
    start: context =>
      startDriver(context, [...requireBuilt(inTime(recipe, context.faster)), ...(args?.(context.options) ?? [])]),
  }
}
