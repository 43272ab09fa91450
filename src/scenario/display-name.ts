import { isAbsolute, relative, sep } from 'node:path'

/** A path as positions name it: relative to where the user is, unless it lies elsewhere; with slashes on every system. */
export function displayName(path: string, cwd: string): string {
  const below = relative(cwd, path)
  return below.startsWith('..') || isAbsolute(below) ? path : below.split(sep).join('/')
}
