/**
 * From zod's issues to the ones worth telling.
 *
 * A short form and a full one are a zod union, and so are the brokers among themselves. When no branch fits, zod gives the
 * issues of all of them. The author meant one: a branch whose shape fits (a map was written, so the branches for text are
 * out), whose constants fit, and which has the least against it. Only its issues are told, but with all the values that any
 * of the branches would have taken.
 */
import type { z } from 'zod'

export type Issue = z.core.$ZodIssue
type UnionIssue = z.core.$ZodIssueInvalidUnion
type ValueIssue = z.core.$ZodIssueInvalidValue

/** The message of an issue that no schema has words of its own for; messages.ts has them. */
export const UNWORDED = '\0'

/** In the `expected` of an issue made here: a plain name would do; one of several kinds would do. */
export const A_NAME = 'name'
export const OR = '|'

/** What could have stood where zod met unknown keys, by the list of unknown ones in its issue. */
const shapes = new WeakMap<object, z.ZodRawShape>()

export const shapeOf = (issue: z.core.$ZodIssueUnrecognizedKeys): z.ZodRawShape => shapes.get(issue.keys) ?? {}

/** For `safeParse`: keeps what the messages need, and lets a schema's own words win. */
export const PARSE_PARAMS: z.core.ParseContext<Issue> = {
  reportInput: true,
  error: issue => {
    // Only here does zod still say which schema spoke.
    const shape: unknown =
      issue.code === 'unrecognized_keys' ? Reflect.get(issue.inst?._zod.def ?? {}, 'shape') : undefined
    if (issue.code === 'unrecognized_keys' && shape) shapes.set(issue.keys, shape as z.ZodRawShape)
    return UNWORDED
  },
}

/** The issues without unions. */
export const meantIssues = (issues: readonly Issue[]): Issue[] =>
  issues.flatMap(issue => (isUnion(issue) ? unravel(issue) : [issue]))

const isUnion = (issue: Issue): issue is UnionIssue => issue.code === 'invalid_union'

function unravel(union: UnionIssue): Issue[] {
  const branches = union.errors.map(issues => meantIssues(issues))
  if (branches.length === 0) return [discriminated(union)]
  return meantBranch(branches, union.input).map(issue => ({ ...issue, path: [...union.path, ...issue.path] }))
}

function meantBranch(branches: readonly Issue[][], input: unknown): Issue[] {
  const shaped = branches.filter(issues => !issues.some(isAboutShape))
  const ranked = shaped.toSorted((a, b) => misnomers(a) - misnomers(b) || a.length - b.length)
  const [best] = ranked
  if (!best) return [wrongShape(branches.flat(), input)]
  const rivals = ranked.filter(issues => misnomers(issues) === misnomers(best) && issues.length === best.length)
  if (rivals.length > 1 && rivals.flat().every(isMissingKey)) return [needsOneOf(rivals)]
  const told = best.map(issue => widened(issue, shaped.flat()))
  // Which branch was meant nobody can say: what else it would need is beside the point.
  const unknown = told.filter((issue, index) => isConstant(best[index]) && !isConstant(issue))
  return unknown.length > 0 ? unknown : told
}

/** The whole value is of another kind than the branch wants, or another constant. */
const isAboutShape = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')

/** A constant inside, such as `kind: tcp`, says which branch this is. */
const misnomers = (issues: readonly Issue[]): number => issues.filter(isConstant).length
const isConstant = (issue: Issue | undefined): boolean => issue?.code === 'invalid_value' && issue.values.length === 1

const isMissingKey = (issue: Issue): boolean => issue.path.length === 1 && issue.input === undefined

function needsOneOf(rivals: readonly Issue[][]): Issue {
  const choices = rivals.map(issues => issues.map(({ path }) => JSON.stringify(path[0])).join(' and '))
  return { code: 'custom', path: [], input: {}, message: `this needs ${choices.join(' or ')}` }
}

/** What the other branches would have taken at the same place could have stood there too. */
function widened(issue: Issue, others: readonly Issue[]): Issue {
  if (issue.code !== 'invalid_value') return issue
  const isSamePlace = (other: Issue): other is ValueIssue =>
    other.code === 'invalid_value' && other.path.join('.') === issue.path.join('.')
  return { ...issue, values: [...new Set(others.filter(isSamePlace).flatMap(({ values }) => values))] }
}

/** No branch takes a value of this kind: names if it could be one of them, else the kinds that would do. */
function wrongShape(issues: readonly Issue[], input: unknown): Issue {
  const values = issues.filter(issue => issue.code === 'invalid_value').flatMap(({ values }) => values)
  const types = issues.filter(issue => issue.code === 'invalid_type').map(({ expected }) => expected)
  const worded = issues.find(issue => issue.message !== UNWORDED)
  if (worded) return worded
  const couldBeName = values.some(value => typeof value === typeof input)
  if (couldBeName || types.length === 0 || input === undefined)
    return { code: 'invalid_value', values: [...new Set(values)], path: [], input, message: UNWORDED }
  const kinds = [...new Set<string>([...(values.length > 0 ? [A_NAME] : []), ...types])]
  return { code: 'invalid_type', expected: kinds.join(OR), path: [], input, message: UNWORDED }
}

/** z.discriminatedUnion tells the discriminator's path and values by itself. */
function discriminated(union: UnionIssue): Issue {
  const { discriminator, options, path } = union as UnionIssue & {
    discriminator?: string
    options?: ValueIssue['values']
  }
  const input: unknown = discriminator && Reflect.get(Object(union.input), discriminator)
  return {
    code: 'invalid_value',
    values: (options ?? []).filter(value => value !== undefined),
    path,
    input,
    message: UNWORDED,
  }
}
