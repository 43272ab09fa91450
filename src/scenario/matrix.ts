import { redactValue } from '../evidence/redact.ts'
import { DEEPEST, inline } from './plain.ts'
import type { Path, ProblemText } from './problem.ts'

/** One value put in by the matrix: where it went, and where in the file it came from. */
export interface Overlay {
  readonly path: Path
  readonly from: Path
}

/** The scenario with one value of each axis in its place. */
export interface MatrixCell {
  readonly value: unknown
  /** `client.keepalive=2s, broker=aedes`; empty without a matrix. */
  readonly label: string
  readonly overlays: readonly Overlay[]
}

interface Expansion {
  readonly cells: readonly MatrixCell[]
  readonly complaints: readonly ProblemText[]
}

/** A slip in a matrix should not start a week of runs. */
const MOST_CELLS = 1000
/** Ten of two values each are more than that already. */
const MOST_AXES = 100

type Axis = readonly [dotted: string, values: readonly unknown[]]

/** The cartesian product of a scenario's `matrix`. What is wrong with the values themselves is for the schema to say. */
export function expandMatrix(scenario: unknown): Expansion {
  const { matrix, ...base } = isMap(scenario) ? scenario : {}
  // A matrix of another shape stays where it is: the schema has words for it.
  if (!isMatrix(matrix)) return { cells: [{ value: scenario, label: '', overlays: [] }], complaints: [] }
  const axes = Object.entries(matrix)
  if (axes.length > MOST_AXES)
    return { cells: [], complaints: [{ path: ['matrix'], at: 'key', message: tooManyAxes(axes.length) }] }
  const complaints = axes.flatMap(([dotted]) => misfit(base, dotted))
  const fitting = axes.filter(([dotted]) => !complaints.some(({ path }) => path[1] === dotted))
  const size = fitting.reduce((product, [, values]) => product * values.length, 1)
  if (size > MOST_CELLS)
    return { cells: [], complaints: [...complaints, { path: ['matrix'], at: 'key', message: tooMany(size) }] }
  return { cells: product(fitting).map(choices => cell(base, choices)), complaints }
}

const tooManyAxes = (count: number): string => `this varies ${count} things; at most ${MOST_AXES} can be varied`

const tooMany = (size: number): string =>
  `this makes ${size < 1e9 ? size : 'more than a billion'} scenarios; at most ${MOST_CELLS} can come of one`

function misfit(base: unknown, dotted: string): ProblemText[] {
  const complain = (message: string): ProblemText[] => [{ path: ['matrix', dotted], at: 'key', message }]
  if (dotted.split('.')[0] === 'matrix') return complain("a matrix can't vary itself")
  if (dotted.split('.').length > DEEPEST) return complain('this path is too long')
  const result = placed(base, dotted.split('.'), null)
  return 'misfit' in result ? complain(result.misfit) : []
}

interface Choice {
  readonly dotted: string
  readonly index: number
  readonly value: unknown
}

function product(axes: readonly Axis[]): Choice[][] {
  return axes.reduce<Choice[][]>(
    (rows, [dotted, values]) => rows.flatMap(row => values.map((value, index) => [...row, { dotted, index, value }])),
    [[]],
  )
}

function cell(base: unknown, choices: readonly Choice[]): MatrixCell {
  // `client` before `client.keepalive`, or the whole would bury its part.
  const inOrder = choices.toSorted((a, b) => a.dotted.split('.').length - b.dotted.split('.').length)
  const value = inOrder.reduce((tree, choice) => {
    const result = placed(tree, choice.dotted.split('.'), choice.value)
    return 'misfit' in result ? tree : result.tree
  }, base)
  return {
    value,
    label: choices.map(labelOf).join(', '),
    overlays: choices.map(({ dotted, index }) => ({ path: stepsOf(dotted), from: ['matrix', dotted, index] })),
  }
}

/** A part of the scenario's name, which everybody prints: without secrets. */
const labelOf = ({ dotted, value }: Choice): string =>
  `${dotted}=${inline(redactValue(dotted.split('.').at(-1) ?? '', value))}`

/** As zod and the YAML nodes count: entries of lists by number. */
const stepsOf = (dotted: string): Path => dotted.split('.').map(step => (/^\d+$/.test(step) ? Number(step) : step))

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isMatrix = (value: unknown): value is Record<string, readonly unknown[]> =>
  isMap(value) && Object.values(value).every(values => Array.isArray(values) && values.length > 0)

type Placed = { readonly tree: unknown } | { readonly misfit: string }

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
