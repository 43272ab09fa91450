/**
 * Which part of a list a machine plays. Each machine cuts the whole list for itself and takes its part, so the cut may hang on nothing
 * but the list: no machine knows what another one has installed, or how fast it is.
 */

export interface Shard {
  /** From 1. */
  readonly index: number
  readonly of: number
}

/** How a scheduler tells a job which of how many it is. */
interface Scheduler {
  readonly name: string
  readonly index: string
  /** What the first job is told. */
  readonly base: 0 | 1
  /** Absent: it does not tell how many there are. */
  readonly total?: string
  /** Where the user of an array chose what the first job is told, and in what steps the others count. */
  readonly least?: string
  readonly step?: string
  /** Its first slot is told as the id of the task (moby 20.10: `{{.Task.Slot}}` of a replicated job). */
  readonly firstIsAnId?: true
}

/** For whatever tells an index but no total, and for a scheduler that is not known here. */
export const SHARD_TOTAL = 'HALFOPEN_SHARD_TOTAL'

/** Ours first, since somebody set them on purpose; then what runs inside of something else before what it may run in. docs/ci.md has the table. */
export const SCHEDULERS: readonly Scheduler[] = [
  { name: 'your own', index: 'HALFOPEN_SHARD_INDEX', base: 0 },
  { name: 'Docker Swarm', index: 'HALFOPEN_SWARM_SLOT', base: 0, firstIsAnId: true },
  {
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    base: 1,
    total: 'SLURM_ARRAY_TASK_COUNT',
    least: 'SLURM_ARRAY_TASK_MIN',
    step: 'SLURM_ARRAY_TASK_STEP',
  },
  { name: 'AWS Batch', index: 'AWS_BATCH_JOB_ARRAY_INDEX', base: 0, total: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  { name: 'Cloud Run', index: 'CLOUD_RUN_TASK_INDEX', base: 0, total: 'CLOUD_RUN_TASK_COUNT' },
  { name: 'GitLab', index: 'CI_NODE_INDEX', base: 1, total: 'CI_NODE_TOTAL' },
  { name: 'CircleCI', index: 'CIRCLE_NODE_INDEX', base: 0, total: 'CIRCLE_NODE_TOTAL' },
  { name: 'Buildkite', index: 'BUILDKITE_PARALLEL_JOB', base: 0, total: 'BUILDKITE_PARALLEL_JOB_COUNT' },
  { name: 'Bitbucket', index: 'BITBUCKET_PARALLEL_STEP', base: 0, total: 'BITBUCKET_PARALLEL_STEP_COUNT' },
  {
    name: 'Azure Pipelines',
    index: 'SYSTEM_JOBPOSITIONINPHASE',
    base: 1,
    total: 'SYSTEM_TOTALJOBSINPHASE',
  },
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', base: 0 },
]

/** Places of shards are small numbers; what is longer is an id. */
const NUMBER = /^\d{1,6}$/
const SWARM_ID = /^[0-9a-z]{25}$/

/** `2/5`, or `auto`: as the scheduler tells in `env`. Otherwise what is wrong, in one sentence. */
export function shardIn(text: string, env: NodeJS.ProcessEnv): Shard | string {
  if (text === 'auto') return shardFrom(env)
  const match = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text)
  const index = Number(match?.[1])
  const of = Number(match?.[2])
  if (!match || index > of) return 'It must be like 2/5: the second of five parts; or auto.'
  return { index, of }
}

function shardFrom(env: NodeJS.ProcessEnv): Shard | string {
  const told = SCHEDULERS.find(({ index, total }) => isSet(env[index]) || (total !== undefined && isSet(env[total])))
  if (!told) {
    const variables = SCHEDULERS.map(({ name, index }) => `${index} (${name})`).join(', ')
    return `auto: no scheduler tells which shard this is. Looked for: ${variables}. With ${SCHEDULERS[0]?.index}, from 0, and ${SHARD_TOTAL} you tell it yourself.`
  }
  const total = totalFrom(told, env)
  if (typeof total === 'string') return total
  const index = indexFrom(told, env, total)
  if (typeof index === 'string') return index
  if (Number.isInteger(index) && index >= 1 && index <= total) return { index, of: total }
  const hint = told.least === undefined ? '' : `; to play a part of an array, set ${SHARD_TOTAL} and count from 1`
  return `auto: ${told.index}=${env[told.index]} (${told.name}) makes this shard ${index} of ${total}: it counts from ${told.base}${hint}.`
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''

/** What the user says outweighs what the scheduler does: of a task that is played again alone, Slurm tells that there is one. */
function totalFrom({ name, index, total }: Scheduler, env: NodeJS.ProcessEnv): number | string {
  const variable = isSet(env[SHARD_TOTAL]) || total === undefined ? SHARD_TOTAL : total
  const text = env[variable]
  if (!isSet(text)) {
    const silent =
      total === undefined ? `${name} does not tell how many shards there are` : `${total} is missing (${name})`
    return `auto: ${index}=${env[index]}, but ${silent}: set ${SHARD_TOTAL}.`
  }
  return NUMBER.test(text) && Number(text) > 0
    ? Number(text)
    : `auto: ${variable}='${text}' must be a whole number from 1.`
}

/** From 1, whatever the scheduler counts from. */
function indexFrom(scheduler: Scheduler, env: NodeJS.ProcessEnv, total: number): number | string {
  const { name, index, base, least, step, firstIsAnId } = scheduler
  const text = env[index]
  // GitLab tells a total of 1 and no index where a job is not `parallel`.
  if (!isSet(text)) return total === 1 ? 1 : `auto: ${index} is missing (${name}).`
  if (firstIsAnId && SWARM_ID.test(text)) return 1
  if (!NUMBER.test(text)) return `auto: ${index}='${text}' (${name}) must be a whole number.`
  const number = Number(text)
  if (least === undefined || step === undefined || isSet(env[SHARD_TOTAL])) return number - base + 1
  return (number - Number(env[least] ?? base)) / (Number(env[step]) || 1) + 1
}

/**
 * Cuts a list by what its members cost: the most expensive first, each to the shard that has least to do so far (LPT, Graham 1969: at
 * most 4/3 of the best cut's longest shard). Pure, and the same wherever the costs are. Places in the list, in its order.
 */
export function partOf(costs: readonly number[], { index, of }: Shard): readonly number[] {
  const order = costs.map((_, place) => place).sort((a, b) => (costs[b] ?? 0) - (costs[a] ?? 0) || a - b)
  const shards = Array.from({ length: of }, () => ({ cost: 0, places: [] as number[] }))
  for (const place of order) {
    const least = shards.reduce((best, shard) => (isLess(shard, best) ? shard : best))
    least.cost += costs[place] ?? 0
    least.places.push(place)
  }
  return (shards[index - 1]?.places ?? []).sort((a, b) => a - b)
}

interface Load {
  readonly cost: number
  readonly places: readonly number[]
}

const isLess = (a: Load, b: Load): boolean =>
  a.cost < b.cost || (a.cost === b.cost && a.places.length < b.places.length)
