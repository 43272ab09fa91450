import { resolve } from 'node:path'
import type { Plugin, Registry } from '../model/plugin.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import type { CheckedScenario } from './schema.ts'

/** The files that its broker, client and link name, as absolute paths: in the scenario they count from its own folder. */
export function withFiles(scenario: CheckedScenario, vocabulary: Vocabulary, folder: string): CheckedScenario {
  if (folder === '') return scenario
  const { broker, client, link } = scenario
  return {
    ...scenario,
    broker: resolved(broker, vocabulary.brokers, folder),
    client: resolved(client, vocabulary.clients, folder),
    link: resolved(link, vocabulary.links, folder),
  }
}

type Choice = { readonly name: string; readonly options: Readonly<Record<string, unknown>> }

function resolved<C extends Choice>(choice: C, plugins: Registry<Plugin>, folder: string): C {
  const { files = [] } = plugins.get(choice.name) ?? {}
  const each = ([key, value]: [string, unknown]) =>
    [key, files.includes(key) && typeof value === 'string' ? resolve(folder, value) : value] as const
  return { ...choice, options: Object.fromEntries(Object.entries(choice.options).map(each)) }
}
