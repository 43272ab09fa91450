import type { Plugin, Registry } from '../../model/plugin.ts'
import { theCatalog } from '../../terminal/project.ts'
import type { Names } from './axes.ts'

/** Peers that need no options of their own: a cell says none. */
export function usableNames(): Names {
  const { brokers, clients } = theCatalog().peers
  return { brokers: optionless(brokers), clients: optionless(clients) }
}

const optionless = (plugins: Registry<Plugin>): readonly string[] =>
  [...plugins.values()].filter(({ options }) => options.safeParse({}).success).map(({ name }) => name)
