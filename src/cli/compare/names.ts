import type { Names } from '../../compare/axes.ts'
import type { Plugin, Registry } from '../../model/plugin.ts'
import { peers } from '../../plugins.ts'

/** Peers that need no options of their own: a cell says none. */
export const usableNames = (): Names => ({ brokers: optionless(peers.brokers), clients: optionless(peers.clients) })

const optionless = (plugins: Registry<Plugin>): readonly string[] =>
  [...plugins.values()].filter(({ options }) => options.safeParse({}).success).map(({ name }) => name)
