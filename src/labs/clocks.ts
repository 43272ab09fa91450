/** The clocks of peers, where a scenario sets them: by libfaketime for programs, and for our own parts in their processes. */
import type { Record } from '../clock/kit.ts'
import { monotonicMs } from '../clock/real.ts'
import type { ClockOrder, Order } from '../faults/fault.ts'
import { formatMs } from '../model/duration.ts'
import type { BrokerKind } from '../peers/brokers/broker.ts'
import type { ClientKind } from '../peers/clients/client.ts'
import { FAKETIME_LIBRARY, faketimeAvailable, type ProgramClocks, settableTime } from '../processes/faketime.ts'
import { messageOf } from '../text/message-of.ts'
import { unreachedProcess } from './accelerated/reach.ts'
import type { Admission } from './lab.ts'

type Peer = ClockOrder['to']

export const clockOrdersTo = (to: Peer, orders: readonly Order[]): readonly ClockOrder[] =>
  orders.filter((order): order is ClockOrder => order.do === 'set-clock' && order.to === to)

/** Why these clocks can't be set so here; `undefined` where they can. */
export async function clockLack(
  orders: readonly Order[],
  { broker, client }: { readonly broker: BrokerKind; readonly client: ClientKind },
  speed = 1,
): Promise<Exclude<Admission, true> | undefined> {
  let needsLibrary = false
  for (const [to, kind] of [
    ['broker', broker],
    ['client', client],
  ] as const) {
    const own = clockOrdersTo(to, orders)
    if (own.length === 0) continue
    const reason = refusal(`the ${to} ${kind.name}`, own, kind, speed)
    if (reason !== undefined) return { result: 'unsupported', reason }
    needsLibrary ||= kind.home === undefined
  }
  const there = needsLibrary ? await faketimeAvailable() : true
  return there === true ? undefined : { result: 'missing', ...there }
}

function refusal(
  who: string,
  orders: readonly ClockOrder[],
  kind: Pick<BrokerKind | ClientKind, 'home' | 'recipe'>,
  speed: number,
): string | undefined {
  const wall = orders.filter(order => order.wall)
  if (kind.home !== undefined)
    return wall.length < orders.length
      ? `${who} waits by the timers of Node, of which only the date can be set`
      : undefined
  const [program = ''] = kind.recipe?.run ?? []
  // Seen with OpenJDK 17 and libfaketime 0.9.10: it never gets as far as its main.
  if (program === 'java' && wall.length > 0)
    return `${who} is in Java, whose machine does not start where its date alone is moved`
  if (kind.recipe?.faster) return `${who} is in Go, which asks the kernel for the time, so that its clocks can't be set`
  if (wall.length > 0 && wall.length < orders.length)
    return `${who} can have its date set or both of its clocks, not the one and then the other`
  if (wall.length > 0 && speed !== 1)
    return `the date of ${who} can't be set alone where its time is faster: clocks: all, or the lab local`
  return undefined
}

/** The clocks that a run sets; of clients under test all together. */
export interface BenchClocks extends AsyncDisposable {
  has(to: Peer): boolean
  /** Of a program whose clocks are set; absent: it is a part of ours, or they are not. */
  enter(to: Peer): ProgramClocks['enter'] | undefined
  /** Remembers the peer, which is to be used as it is returned. */
  hold<P extends Settable>(to: Peer, peer: P): P
  set(order: ClockOrder): Promise<void>
}

/** What a started broker and a started client have in common here. */
interface Settable {
  readonly pids?: () => readonly number[]
  step?(byMs: number): Promise<void>
  signal?(signal: never): Promise<void>
}

interface Clocked {
  readonly orders: readonly Order[]
  readonly broker: Pick<BrokerKind, 'home'>
  readonly client: Pick<ClientKind, 'home'>
  readonly speed: number
  readonly record: Record
}

/** Read by a program of its own, which is given the same file and the same start. Throws where it reads something else. */
async function proven(to: Peer, program: ProgramClocks | undefined): Promise<void> {
  const unlike = await program?.unlikeOrders()
  if (unlike !== undefined) throw new Error(`the clocks of the ${to} are not as they were set: ${unlike}`)
}

async function clocksFor(
  orders: readonly Order[],
  homes: { readonly [to in Peer]: string | undefined },
  speed: number,
): Promise<ReadonlyMap<Peer, ProgramClocks>> {
  const programs = new Map<Peer, ProgramClocks>()
  for (const to of ['broker', 'client'] as const) {
    const own = clockOrdersTo(to, orders)
    const monotonic = own.some(({ wall }) => !wall)
    if (own.length > 0 && homes[to] === undefined) programs.set(to, await settableTime(speed, monotonic))
  }
  return programs
}

/** For the orders that the timeline will give. Throws where libfaketime is needed and not there. */
export async function benchClocks({ orders, broker, client, speed, record }: Clocked): Promise<BenchClocks> {
  const programs = await clocksFor(orders, { broker: broker.home, client: client.home }, speed)
  const parts: { readonly to: Peer; readonly peer: Settable }[] = []
  let stoppedMs = monotonicMs()
  const told = (to: Peer, note: string) => record({ who: to, what: 'clock-set', note })
  /** It is in force at once; whether the peer ever looks at that clock is what the scenario asks. */
  const reached = async (to: Peer) => {
    const pids = parts.flatMap(each => (each.to === to ? (each.peer.pids?.() ?? []) : []))
    if (pids.length === 0) throw new Error(`no process of the ${to} is there whose clock could be set`)
    const note = await unreachedProcess(pids, FAKETIME_LIBRARY)
    if (note !== undefined) throw new Error(note)
  }
  const stepParts = async (to: Peer, ms: number) => {
    const steps = parts.flatMap(({ to: of, peer: { step } }) => (of === to && step ? [step(ms)] : []))
    if (steps.length === 0) throw new Error(`the ${to} is no part whose clock could be set`)
    await Promise.all(steps)
  }
  /** Still under way. */
  const setting = new Set<Promise<void>>()
  /** It is told as soon as it is so. That another program in that time reads it too takes its start, and may come after the run. */
  const set = async ({ to, byMs, percent, slept }: ClockOrder) => {
    const program = programs.get(to)
    const ms = slept ? -(monotonicMs() - stoppedMs) * speed : (byMs ?? 0)
    const note = percent === undefined ? stepWords(ms) : driftWords(percent)
    if (percent !== undefined) await program?.drift(percent * 10)
    else if (program) await program.step(ms)
    else await stepParts(to, ms)
    told(to, note)
    if (program) await reached(to)
    await proven(to, program)
  }
  return {
    has: to => clockOrdersTo(to, orders).length > 0,
    enter: to => programs.get(to)?.enter,
    hold(to, peer) {
      parts.push({ to, peer })
      const { signal } = peer
      if (!signal) return peer
      const noted = (name: never) => {
        if (name === 'freeze') stoppedMs = monotonicMs()
        return signal(name)
      }
      return { ...peer, signal: noted }
    },
    set(order) {
      const done = set(order).finally(() => setting.delete(done))
      setting.add(done)
      return done
    },
    async [Symbol.asyncDispose]() {
      for (const each of await Promise.allSettled(setting))
        if (each.status === 'rejected') record({ who: 'harness', what: 'trouble', note: messageOf(each.reason) })
      for (const [to, program] of programs) {
        // A drift only shows as time goes by.
        await proven(to, program).catch(error => record({ who: 'harness', what: 'trouble', note: messageOf(error) }))
        await program[Symbol.asyncDispose]()
      }
    },
  }
}

const stepWords = (ms: number): string => `${ms < 0 ? 'back' : 'forwards'} by ${formatMs(Math.abs(Math.round(ms)))}`

const driftWords = (percent: number): string =>
  percent === 0
    ? 'its clocks run as they should'
    : `its clocks run ${Math.abs(percent)} % ${percent < 0 ? 'slower' : 'faster'}`
