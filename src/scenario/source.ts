import { isAbsolute, relative, sep } from 'node:path'
import type { SourcePosition } from '../model/scenario.ts'
import type { Overlay } from './matrix.ts'
import type { Path } from './problem.ts'

/** Where the parts of one scenario stand in its file. */
export interface Source {
  /** Of what stands at this path, or of its key; `undefined` where the file has nothing there. */
  find(path: Path, at?: 'key'): SourcePosition | undefined
  /** Of the scenario itself. */
  readonly start: SourcePosition
  /** True where `find` may know no more than the start, so that messages which point there have to say which part they mean. */
  readonly vague?: true
}

export interface Found {
  readonly position: SourcePosition
  /** It stands in the matrix. */
  readonly inMatrix: boolean
}

/** Where the author wrote this, be it in its place or in the matrix; else the nearest part around it. */
export function locate(source: Source, overlays: readonly Overlay[], path: Path, at?: 'key'): Found {
  const whole = overlays.find(overlay => at === 'key' && overlay.path.join('.') === path.join('.'))
  const origin = whole ? whole.from.slice(0, -1) : originOf(overlays, path)
  const position = source.find(origin, at) ?? nearby(source, overlays, path)
  return { position, inMatrix: origin[0] === 'matrix' || isMadeByMatrix(source, overlays, path) }
}

function originOf(overlays: readonly Overlay[], path: Path): Path {
  const over = overlays.filter(overlay => startsWith(path, overlay.path))
  const [deepest] = over.toSorted((a, b) => b.path.length - a.path.length)
  return deepest ? [...deepest.from, ...path.slice(deepest.path.length)] : path
}

/** A map that only the matrix made, on the way to its value, stands where the matrix names it. */
function nearby(source: Source, overlays: readonly Overlay[], path: Path): SourcePosition {
  const below = overlays.find(overlay => startsWith(overlay.path, path))
  if (below) return source.find(below.from.slice(0, -1), 'key') ?? source.start
  const around = originOf(overlays, path)
  for (let depth = around.length - 1; depth > 0; depth--) {
    const position = source.find(around.slice(0, depth))
    if (position) return position
  }
  return source.start
}

const isMadeByMatrix = (source: Source, overlays: readonly Overlay[], path: Path): boolean =>
  source.find(path) === undefined && overlays.some(overlay => startsWith(overlay.path, path))

const startsWith = (path: Path, head: Path): boolean =>
  head.every((step, index) => String(step) === String(path[index]))

/** A path as positions name it: relative to where the user is, unless it lies elsewhere; with slashes on every system. */
export function displayName(path: string, cwd: string): string {
  const below = relative(cwd, path)
  return below.startsWith('..') || isAbsolute(below) ? path : below.split(sep).join('/')
}
