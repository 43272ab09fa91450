import { recordedClients, type Scenario } from '../model/scenario.ts'
import { missingPackages, type OptionalPackage } from '../peers/recipes/optional-package.ts'
import { softLimits } from '../processes/soft-limits.ts'
import { Complaint, EXIT } from './exit.ts'
import { fewDescriptors, GB, LEAST_DESCRIPTORS, limitsHere, narrowAddresses, roomFor } from './limits.ts'

/**
 * Descriptors, counted while suites of 12 and 30 ran (Node 20.20, Linux): 6 to 9 for a scenario with one client in the labs local
 * and netns, programs of any kind included; 4.2 for each device of a fleet, 6.2 behind a Toxiproxy; 26 for Node and vitest.
 */
const OF_HALFOPEN = 128
const OF_A_SCENARIO = 8
const OF_A_DEVICE = 7

interface Sized {
  readonly client: Pick<Scenario['client'], 'count' | 'recorded'>
}

interface Room {
  /** Scenarios at once. */
  readonly jobs: number
  /** What to say where these are fewer than asked for. */
  readonly note?: string
}

/** The devices of a fleet are in processes of their own: those in `requireFleets`. */
export const neededFor = ({ client }: Sized): number => OF_A_SCENARIO + OF_A_DEVICE * recordedClients(client)

/** A broker's own files, the witness, and connections that come while those before them are not closed yet. */
const OF_A_BROKER = 128

/**
 * Complains where a fleet has more devices than its broker may open files: from there on it would refuse connections, and that would look
 * like a fault of its own. `isElsewhere`: that broker is not started here.
 */
export function requireFleets(
  scenarios: readonly Scenario[],
  isElsewhere: (scenario: Scenario) => boolean,
  { openFiles } = softLimits(),
): void {
  const wide = scenarios.filter(
    scenario =>
      scenario.client.recorded !== undefined &&
      !isElsewhere(scenario) &&
      scenario.client.count + OF_A_BROKER > openFiles,
  )
  const each = ({ name, position, client: { count } }: Scenario) =>
    `${position.file}:${position.line}: '${name}': ${count} devices need ${count + OF_A_BROKER} open files in the process of the broker, and ${openFiles} are allowed`
  const most = Math.max(...wide.map(({ client }) => client.count))
  const remedy = `at most ${Math.max(0, openFiles - OF_A_BROKER)} devices fit; more with ulimit -n ${roomFor(most + OF_A_BROKER)} (as root ulimit -Hn first; LimitNOFILE= of systemd, --ulimit nofile= of Docker), with a broker of your own (broker: external), or with --lab simulated`
  if (wide.length > 0) throw new Complaint(`error: ${wide.map(each).join('\n')}\n${remedy}`, EXIT.unreadable)
}

/** For so many of the costliest at once. */
export function neededAtOnce(scenarios: readonly Sized[], jobs: number): number {
  const needs = scenarios.map(neededFor).toSorted((a, b) => b - a)
  return Math.max(
    LEAST_DESCRIPTORS,
    needs.slice(0, jobs).reduce((sum, need) => sum + need, OF_HALFOPEN),
  )
}

/** How many can be played at once with `free` descriptors, `most` at most. Complains where a scenario does not fit alone. */
export function roomIn(free: number, scenarios: readonly Scenario[], most: number): Room {
  const asked = Math.min(most, scenarios.length)
  let jobs = asked
  while (jobs > 0 && neededAtOnce(scenarios, jobs) > free) jobs--
  if (jobs === asked) return { jobs: most }
  if (jobs > 0) {
    const enough = `ulimit -n ${roomFor(neededAtOnce(scenarios, asked))}`
    return { jobs, note: `${free} files may be open, so ${jobs} of ${asked} are played at once; all with ${enough}` }
  }
  const [widest] = scenarios.toSorted((a, b) => b.client.count - a.client.count)
  const needed = widest ? OF_HALFOPEN + neededFor(widest) : 0
  throw new Complaint(`error: '${widest?.name}': ${fewDescriptors(free, needed)}`, EXIT.inconclusive)
}

/** Address space that V8 reserves for each memory of WebAssembly, whatever it holds: 10 GB (Node 20.20, x64). */
const OF_A_MEMORY = 10 * GB
/** Of Node itself, with room. */
const OF_NODE = 2 * GB

/** vitest and Node's fetch have three memories of WebAssembly: VmPeak of `halfopen run` is 33 GB. */
export const RUN_ADDRESSES = OF_NODE + 3 * OF_A_MEMORY + 8 * GB
/** The HTTP server has one: 11 GB. */
export const PROXY_ADDRESSES = OF_NODE + OF_A_MEMORY + 2 * GB
/** A thread of its own takes 0.6 GB. */
export const threadAddresses = (threads: number): number => OF_NODE + threads * GB

/** Complains where the address space is limited to less: Node would end with an error about WebAssembly, or abort. */
export function requireAddresses(needed: number, { addressBytes } = limitsHere()): void {
  const why = narrowAddresses(addressBytes, needed)
  if (why !== undefined) throw new Complaint(`error: ${why}`, EXIT.inconclusive)
}

/** Complains where fewer files may be opened: what can't be opened then would look like a fault of whoever is tested. */
export function requireDescriptors(needed: number, { descriptors } = limitsHere()): void {
  if (descriptors < needed) throw new Complaint(`error: ${fewDescriptors(descriptors, needed)}`, EXIT.inconclusive)
}

/** Complains where a package is missing that `what` needs and that installing halfopen does not bring. */
export function requirePackages(what: string, names: readonly OptionalPackage[]): void {
  const lack = missingPackages(names)
  if (lack)
    throw new Complaint(`error: ${what} needs more: ${lack.reason}; to add it:\n  ${lack.remedy}`, EXIT.inconclusive)
}

/** A picture that stands alone; pages draw theirs where they are read. */
export function requireDrawing({ svg }: { readonly svg?: string }): void {
  if (svg !== undefined) requirePackages('--svg', ['@observablehq/plot', 'linkedom'])
}
