import { redactValue } from '../evidence/redact.ts'
import { placed } from './placed.ts'
import { DEEPEST } from './plain.ts'
import type { Complaint, Path } from './problem.ts'
import { inline } from './show.ts'

/** One value put in by the matrix: where it went, and where in the file it came from. */
export interface Overlay {
  readonly path: Path
  readonly from: Path
}

/** The scenario with one value of each axis in its place. */
export interface Cell {
  readonly value: unknown
  /** `client.keepalive=2s, broker=aedes`; empty without a matrix. */
  readonly label: string
  readonly overlays: readonly Overlay[]
}

export interface Expansion {
  readonly cells: readonly Cell[]
  readonly complaints: readonly Complaint[]
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

function misfit(base: unknown, dotted: string): Complaint[] {
  const complain = (message: string): Complaint[] => [{ path: ['matrix', dotted], at: 'key', message }]
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

function cell(base: unknown, choices: readonly Choice[]): Cell {
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
