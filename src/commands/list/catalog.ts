import { z } from 'zod'
import { dialects } from '../../dialects/index.ts'
import { middleboxes } from '../../faults/middleboxes/index.ts'
import {
  afterWords,
  embeddedLimits,
  expiryWords,
  nextWords,
  refreshWords,
} from '../../faults/middleboxes/middlebox-words.ts'
import type { Availability, Plugin } from '../../model/plugin.ts'
import type { Scenario } from '../../model/scenario.ts'
import { theCatalog } from '../../terminal/project.ts'
import { shortPath } from '../../text/layout.ts'
import { messageOf } from '../../text/message-of.ts'
import type { Kind } from './kinds.ts'

/** Everything of one kind, as the plug-ins tell it of themselves. */
export const CATALOG: Readonly<Record<Exclude<Kind, 'scenarios'>, () => Promise<readonly Entry[]>>> = {
  faults: async () => [...theCatalog().faults.values()].map(described),
  checks: async () => [...theCatalog().checks.values()].map(described),
  links: async () =>
    [...theCatalog().links.values()].map(link => ({ ...described(link), facts: { can: [...link.can] } })),
  brokers: () =>
    Promise.all(
      [...theCatalog().brokers.values()].map(async broker => ({
        ...described(broker),
        facts: { ...spoken(broker, { 'MQTT protocol levels': broker.protocols.map(String) }), can: [...broker.can] },
        ...withAvailability(await usable(broker)),
      })),
    ),
  clients: () =>
    Promise.all(
      [...theCatalog().clients.values()].map(async client => ({
        ...described(client),
        facts: {
          ...spoken(client, {}),
          traffic: ['idle', ...(['publishing', 'receiving'] as const).filter(kind => client.traffic[kind])],
        },
        ...withAvailability(await usable(client)),
      })),
    ),
  labs: () =>
    Promise.all(
      [...theCatalog().labs.values()].map(async lab => ({
        name: lab.name,
        summary: lab.summary,
        facts: { 'dates events within': `${lab.resolutionMs} ms`, can: [...lab.can] },
        available: await asked(() => lab.available()),
      })),
    ),
  reporters: async () => [...theCatalog().reporters.values()].map(({ name, summary }) => ({ name, summary })),
  presets: async () =>
    [...middleboxes.values()].map(box => ({
      name: box.name,
      summary: box.summary,
      facts: {
        after: afterWords(box),
        'on expiry': expiryWords(box),
        'next packet': nextWords(box),
        'kept alive by': refreshWords(box),
        source: box.source,
        unverified: box.unverified ?? '',
        'the embedded link': embeddedLimits(box),
      },
    })),
}

/** What a peer speaks, where that is not MQTT; else what there is to say of its MQTT. */
const spoken = <F extends object>({ dialect = '' }: Plugin, ofMqtt: F) => {
  const wire = dialects.get(dialect)
  return wire ? { speaks: wire.title } : ofMqtt
}

const described = ({ name, summary, options }: Plugin): Entry => ({
  name,
  summary,
  options: z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }),
})

interface Usable {
  readonly options: z.ZodType
  available(options: unknown): Promise<Availability>
}

/** One that needs an option (a command, a URL) can't be asked without it: `undefined`. */
async function usable(peer: Usable): Promise<Availability | undefined> {
  const options = peer.options.safeParse({})
  return options.success ? asked(() => peer.available(options.data)) : undefined
}

const withAvailability = (available: Availability | undefined): Pick<Entry, 'available'> =>
  available === undefined ? {} : { available }

async function asked(ask: () => Promise<Availability>): Promise<Availability> {
  try {
    return await ask()
  } catch (error) {
    return { reason: messageOf(error) }
  }
}

export const scenarioEntries = (scenarios: readonly Scenario[], cwd: string): Entry[] =>
  scenarios.map(({ name, position, broker, client, timeline }) => ({
    name,
    summary: `${shortPath(position.file, cwd)}:${position.line}`,
    facts: { broker: broker.name, client: client.name, faults: timeline.map(({ fault }) => fault.name) },
  }))

/** What `halfopen list` tells of one name. */
export interface Entry {
  readonly name: string
  readonly summary: string
  /** JSON Schema of what a scenario may give it. */
  readonly options?: object
  /** Further facts, in words: protocols, capabilities. */
  readonly facts?: Readonly<Record<string, string | number | readonly string[]>>
  /** Whether it is usable on this machine; absent where that is no question. */
  readonly available?: Availability
}
