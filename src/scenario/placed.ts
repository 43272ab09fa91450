export type Placed = { readonly tree: unknown } | { readonly misfit: string }

/**
 * A copy of the tree with a value put in at a path. Maps that are not there are made, since what has a default may be left out;
 * a short form (`broker: mosquitto`) becomes the full one. The schema judges afterwards whether such a key exists.
 */
export function placed(tree: unknown, path: readonly string[], value: unknown, walked: readonly string[] = []): Placed {
  const [step, ...rest] = path
  if (step === undefined) return { tree: value }
  if (step === '' || step === '__proto__')
    return { misfit: `${JSON.stringify([...walked, ...path].join('.'))} is no path` }
  if (Array.isArray(tree)) return inList(tree, step, rest, value, walked)
  if (tree === undefined && isIndex(step)) return { misfit: `there is no ${walked.join('.')}` }
  const map = asMap(tree, walked)
  if (map === undefined) return { misfit: `${walked.join('.')} is no map: there is nothing called ${step} in it` }
  const below = placed(Object.hasOwn(map, step) ? map[step] : undefined, rest, value, [...walked, step])
  return 'misfit' in below ? below : { tree: { ...map, [step]: below.tree } }
}

function inList(
  list: readonly unknown[],
  step: string,
  rest: readonly string[],
  value: unknown,
  walked: readonly string[],
): Placed {
  const index = Number(step)
  if (!isIndex(step) || index >= list.length)
    return { misfit: `${walked.join('.')} has no entry ${step}: ${countOf(list)}` }
  const below = placed(list[index], rest, value, [...walked, step])
  return 'misfit' in below ? below : { tree: list.with(index, below.tree) }
}

const isIndex = (step: string): boolean => /^\d+$/.test(step)

const countOf = ({ length }: readonly unknown[]): string =>
  length === 0 ? 'it is empty' : length === 1 ? 'it has one, numbered 0' : `they are numbered 0 to ${length - 1}`

function asMap(tree: unknown, walked: readonly string[]): Record<string, unknown> | undefined {
  if (tree === undefined) return {}
  if (typeof tree === 'string') return fullForm(tree, walked)
  return typeof tree === 'object' && tree !== null ? { ...tree } : undefined
}

function fullForm(
  name: string,
  [first, second, third, ...more]: readonly string[],
): Record<string, unknown> | undefined {
  if (second === undefined && (first === 'broker' || first === 'client' || first === 'link')) return { name }
  const isFault = first === 'timeline' && third === 'fault' && more.length === 0
  const isCheck = first === 'expect' && second !== undefined && third === undefined
  return isFault || isCheck ? { [name]: {} } : undefined
}
