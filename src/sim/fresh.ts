import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installDispatchers } from './dispatchers.ts'

const require = createRequire(import.meta.url)
const copies = new Map<string, Promise<unknown>>()

/**
 * A library as a simulation needs it: loaded after the dispatchers are in place, since MQTT.js keeps the setImmediate that
 * it finds when it is loaded. Where the program had loaded it before, this is a second copy, and the program's own stays
 * as it is.
 */
export function loadFresh(file: string): Promise<unknown> {
  const loaded = copies.get(file) ?? load(file)
  copies.set(file, loaded)
  return loaded
}

async function load(file: string): Promise<unknown> {
  const { loadedBefore } = installDispatchers()
  if (loadedBefore.has(file)) return secondCopy(file)
  // An ES module leaves no trace in the cache that could be asked; under another URL it is always a copy of its own.
  const query = file.endsWith('.mjs') ? '?halfopen=simulated' : ''
  return import(/* @vite-ignore */ pathToFileURL(file).href + query)
}

/** CommonJS: the package's modules are put aside while it is loaded again. */
function secondCopy(file: string): unknown {
  const cache = require.cache
  const aside = Object.entries(cache).filter(([name]) => name.startsWith(packageFolder(file)))
  for (const [name] of aside) delete cache[name]
  try {
    return require(file)
  } finally {
    for (const name of Object.keys(cache)) if (name.startsWith(packageFolder(file))) delete cache[name]
    for (const [name, module] of aside) cache[name] = module
  }
}

/** `.../node_modules/mqtt/`; the file's own folder where it is in no such place. */
function packageFolder(file: string): string {
  const marker = `${sep}node_modules${sep}`
  const at = file.lastIndexOf(marker)
  if (at < 0) return dirname(file) + sep
  const [name = '', inner = ''] = file.slice(at + marker.length).split(sep)
  return file.slice(0, at + marker.length) + (name.startsWith('@') ? `${name}${sep}${inner}` : name) + sep
}
