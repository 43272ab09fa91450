import { join, resolve } from 'node:path'
import { PACKAGE_DIR } from '../../model/package.ts'
import type { Command, Recipe } from './recipe.ts'

/** Where the sources and lock files are. */
export const sourceFolder = (folder: string): string => join(PACKAGE_DIR, 'peers', folder)

/** Where everything is made: `.peers` in the package's own folder, or what HALFOPEN_PEERS names. */
export const peersFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env.HALFOPEN_PEERS ? resolve(env.HALFOPEN_PEERS) : join(PACKAGE_DIR, '.peers')

export const buildFolder = ({ folder }: Pick<Recipe, 'folder'>): string => join(peersFolder(), folder)

/** All that its making said, the last time. */
export const logFile = ({ folder }: Pick<Recipe, 'folder'>): string => join(peersFolder(), `${folder}.log`)

/** The command with `{build}` filled in. */
export function inFolder([file, ...args]: Command, build: string): Command {
  const fill = (text: string) => text.replaceAll('{build}', build)
  return [fill(file), ...args.map(fill)]
}
