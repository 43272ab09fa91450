import type { Kit } from '../clock/kit.ts'
import { ownMs, realClock } from '../clock/real.ts'
import type { Order } from '../faults/fault.ts'
import { faults as ownFaults } from '../faults/index.ts'
import { embedded } from '../link/kinds/embedded.ts'
import type { Scenario } from '../model/scenario.ts'
import type { StartedBroker } from '../peers/brokers/broker.ts'
import type { BrokerTime } from '../peers/brokers/hosted-broker.ts'
import { brokers as brokerKinds } from '../peers/brokers/index.ts'
import { clients as clientKinds } from '../peers/clients/index.ts'
import { availabilityOf } from '../peers/recipes/built.ts'
import { inTime, type Recipe } from '../peers/recipes/recipe.ts'
import {
  type ClockReading,
  FAKETIME_LIBRARY,
  faketimeAvailable,
  fasterTime,
  otherSpeed,
  type ProgramTime,
  readClock,
} from '../processes/faketime.ts'
import { pool } from '../processes/pool.ts'
import { messageOf } from '../text/message-of.ts'
import { MOST_OF_OUR_OWN, MOST_OF_PROGRAMS, mostSpeed, speedFor } from '../timing/speed.ts'
import { unreachedProcess, unreachedProgram } from './accelerated/reach.ts'
import { admission, type ChosenPlugins, choose, heavyOf } from './admission.ts'
import { openBench, prepareBenches } from './bench.ts'
import { clockLack, clockOrdersTo } from './clocks.ts'
import type { Admission, Bench, Lab, LabKind, LabSettings, Peers } from './lab.ts'
import { harmsBroker, ordersOf, WITH_CLOCKS } from './orders.ts'

/** Real programs on real sockets whose clocks run faster, and the link's with them. Linux only. */
export const accelerated: LabKind = {
  name: 'accelerated',
  summary:
    'real programs on real sockets, up to 100 times as fast: libfaketime before what is linked dynamically, Go by its own runtime (Linux)',
  // Of the machine's time: a program under it waits in whole milliseconds, and is scheduled.
  resolutionMs: 10,
  can: WITH_CLOCKS,
  asked: true,
  available: faketimeAvailable,
  speed: speedAt,
  create,
}

function speedAt(scenario: Scenario, { speed }: LabSettings = {}): number {
  if (speed !== undefined) return Number(speed)
  const { broker, client } = scenario
  const isOurs = brokerKinds.get(broker.name)?.home !== undefined && clientKinds.get(client.name)?.home !== undefined
  return speedFor(scenario, isOurs ? MOST_OF_OUR_OWN : MOST_OF_PROGRAMS)
}

function create(peers: Peers, settings: LabSettings = {}): Lab {
  const { faults = ownFaults } = peers
  const brokers = pool<StartedBroker>()
  const speedOf = (scenario: Scenario) => speedAt(scenario, settings)
  return {
    kind: accelerated,
    clock: scenario => realClock(undefined, speedOf(scenario)),
    heavy: scenario => heavyOf(choose(scenario, peers)),
    async admits(scenario) {
      const chosen = choose(scenario, peers)
      const refusal = unsuited(scenario, chosen, speedOf(scenario))
      if (refusal !== undefined) return { result: 'unsupported', reason: refusal }
      const orders = ordersOf(scenario, faults)
      const admitted = await admission(scenario, chosen, orders, accelerated)
      if (admitted !== true) return admitted
      const lack = await clockLack(orders, chosen, speedOf(scenario))
      if (lack) return lack
      const here = await faketimeAvailable()
      if (here !== true) return { result: 'missing', ...here }
      return (await unreached(scenario, chosen)) ?? true
    },
    prepare: async scenarios => {
      if ((await faketimeAvailable()) !== true) return
      await prepareBenches(
        scenarios.map(scenario => ({ scenario, ...choose(scenario, peers), speed: speedOf(scenario) })),
      )
    },
    async open(scenario, kit) {
      const speed = speedOf(scenario)
      const orders = ordersOf(scenario, faults)
      const programs = await fasterTime(speed)
      const time: BrokerTime = { speed, within: { enter: programs.enter, faster: true } }
      const chosen = choose(scenario, peers)
      return watched(
        await openBench(scenario, kit, { ...chosen, brokers, orders, ownBroker: harmsBroker(orders), time }),
        kit,
        { programs, orders, first: await readClock(programs) },
      )
    },
    [Symbol.asyncDispose]: () => brokers[Symbol.asyncDispose](),
  }
}

interface LabTime {
  readonly programs: ProgramTime
  readonly orders: readonly Order[]
  /** What a program in it read when the run began. */
  readonly first: ClockReading
}

/**
 * Programs start others, which nobody could ask before. A run with one that goes by the machine's time, or by another than the lab's, says
 * nothing. So says one in which the clocks went apart: that of any program in the lab's time, or the broker's own, where its log tells it.
 */
function watched(bench: Bench, { clock, record }: Kit, { programs, orders, first }: LabTime): Bench {
  const { speed } = programs
  let told = false
  const tell = (note: string | undefined) => {
    if (note !== undefined && !told) record({ who: 'harness', what: 'trouble', note })
    told ||= note !== undefined
  }
  const look = async () => {
    for (const { of, pids } of bench.processes ?? [])
      tell(await unreachedProcess(pids(), FAKETIME_LIBRARY, clockOrdersTo(of, orders).length > 0 ? undefined : speed))
  }
  const compare = async () => {
    const last = await readClock(programs)
    const took = [last.fromMs - first.toMs, last.toMs - first.fromMs] as const
    const other = otherSpeed(last.dateMs - first.dateMs, took, speed)
    tell(other && `a program in the lab's time ${other}`)
    const own = clockOrdersTo('broker', orders).length > 0 ? undefined : bench.broker.clock?.()
    const unlike = own && otherSpeed(own.passedMs, [own.tookMs, own.tookMs], speed, own.exactMs + LATE_MS * speed)
    tell(unlike && `the broker ${bench.versions.broker.name}, as its own log dates it, ${unlike}`)
  }
  const cancel = clock.at(clock.nowMs() + ownMs(clock, LOOK_AFTER_MS), () => void look())
  return {
    ...bench,
    async [Symbol.asyncDispose]() {
      cancel()
      await look()
      await compare().catch(error => tell(`the lab's time can't be read: ${messageOf(error)}`))
      await bench[Symbol.asyncDispose]()
    },
  }
}

/** How late a line of a log may be here, of the machine's time. */
const LATE_MS = 50
/** By then a shell has become the program. */
const LOOK_AFTER_MS = 1000

/** What can't live in this lab, in words. */
function unsuited(scenario: Scenario, { broker, client, link }: ChosenPlugins, speed: number): string | undefined {
  const { keepaliveS } = scenario.client
  if (broker.model || client.model)
    return `${broker.model ? broker.name : client.name} is a model, which the lab simulated plays without waiting`
  if (!broker.movable) return `the broker ${broker.name} keeps the machine's time`
  if (!client.program && client.home === undefined) return `the client ${client.name} keeps the machine's time`
  if (link.name !== embedded.name)
    return `the link ${link.name} goes by the machine's time; ${embedded.name} goes by the lab's`
  if (speed > mostSpeed(keepaliveS))
    return `at x${speed} a keep-alive of ${keepaliveS} s is less than a second of the machine: --speed ${mostSpeed(keepaliveS)} or less`
  return undefined
}

/** Asked of each program before its first use. */
async function unreached(scenario: Scenario, { broker, client }: ChosenPlugins): Promise<Admission | undefined> {
  for (const { recipe } of [broker, client]) {
    const made = notMade(recipe)
    if (made !== undefined) return made
  }
  const files = await Promise.all([
    broker.executable?.(scenario.broker.options, true),
    client.executable?.(scenario.client.options, true),
  ])
  for (const file of files) {
    const reason = file === undefined ? undefined : await unreachedProgram(file)
    if (reason !== undefined) return { result: 'unsupported', reason }
  }
  return undefined
}

function notMade(recipe: Recipe | undefined): Admission | undefined {
  if (!recipe?.faster) return undefined
  const state = availabilityOf(inTime(recipe, true))
  return state === true ? undefined : { result: 'missing', ...state }
}
