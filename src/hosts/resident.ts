import { fileURLToPath } from 'node:url'
import { isOwnSource } from '../model/package.ts'

/** The plug-in of this name that a module exports, alone or in a set of plug-ins. Throws where there is none. */
export async function resident<P extends { readonly name: string }>(module: string, name: string): Promise<P> {
  const exported = Object.values((await imported(module)) as Readonly<{ [key: string]: unknown }>)
  const found = exported.find(
    value => typeof value === 'object' && value !== null && Reflect.get(value, 'name') === name,
  )
  if (!found)
    throw new Error(`${module} exports no plug-in called ${name}: "home" has to be the module that exports it`)
  return found as P
}

const TYPESCRIPT = /\.[cm]?ts$/

/** Modules of halfopen's own and of packages by Node itself; TypeScript of a project by jiti, as scenarios are. */
async function imported(module: string): Promise<unknown> {
  if (!TYPESCRIPT.test(module) || isOwnSource(module)) return import(/* @vite-ignore */ module)
  const { projectLoader } = await import('./project-loader.ts')
  return projectLoader(fileURLToPath(new URL('.', module))).import(fileURLToPath(module))
}
