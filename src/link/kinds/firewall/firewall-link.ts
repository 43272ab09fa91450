import { spawn } from 'node:child_process'
import type { Dated } from '../../../clock/clock.ts'
import type { Kit } from '../../../clock/kit.ts'
import { monotonicOffsetMs } from '../../../clock/real.ts'
import type { LinkOrder, NetworkChange } from '../../../faults/fault.ts'
import type { Side } from '../../../model/flow.ts'
import { lastWordsOf } from '../../../processes/last-words.ts'
import { guardProcess, startReaper } from '../../../processes/reaper.ts'
import { toolEnv } from '../../../processes/run-tool.ts'
import { tetherByKernel } from '../../../processes/tether.ts'
import { messageOf } from '../../../text/message-of.ts'
import { boxOf } from './box.ts'
import { CloseWatch } from './close-watch.ts'
import type { Executor } from './executor.ts'
import type { FirewallForce, ForceContext } from './firewall-force.ts'
import { idleForce } from './firewall-idle-force.ts'
import type { FirewallPlace } from './firewall-place.ts'
import { FrameReader, markNumbered, type PacketSink, WATCHER } from './frames.ts'
import { blackholeForce, evictForce, ghostForce, noForce } from './ghost-force.ts'
import { type Policy, policyRules } from './idle-rules.ts'
import { downForce, rebindForce, roamForce, Whereabouts } from './network-force.ts'
import { baseRules, type Nat } from './nft-rules.ts'
import { PacketFiles } from './packet-files.ts'
import { startSocketWatch } from './socket-watch.ts'
import type { TcpSegment } from './tcp-segment.ts'
import { Tracker } from './tracker.ts'

/** The watcher is a process that only reads; this is for a machine in trouble. */
const SETTLE_LIMIT_MS = 5000

type Add = Extract<LinkOrder, { do: 'add' }>

/** The kernel's firewall as a link: orders become rules, and what it lets through becomes evidence. */
export class Firewall implements AsyncDisposable {
  readonly #kit: Kit
  readonly #place: FirewallPlace
  /** From the machine's monotonic clock to the run's. */
  readonly #offsetMs: number
  readonly #tracker: Tracker
  readonly #closes: CloseWatch
  readonly #executor: Executor
  readonly #forces = new Map<string, FirewallForce>()
  readonly #touched = new Set<string>()
  readonly #whereabouts = new Whereabouts()
  #capture: Capture | undefined
  #packets: PacketFiles | undefined
  #starting: Promise<unknown> | undefined
  /** Sent, and not yet seen by the capture. */
  readonly #marks = new Map<number, () => void>()
  #marked = 0
  #hasPolicy = false
  #placed = 0
  #over = false

  constructor(kit: Kit, place: FirewallPlace) {
    this.#kit = kit
    this.#place = place
    this.#offsetMs = monotonicOffsetMs(kit.clock)
    this.#executor = place.executor(this.#offsetMs)
    this.#tracker = new Tracker(kit.record, this.#offsetMs, {
      sent: (flow, segment, atMs) => {
        this.#closes.sent(flow, segment, atMs)
        for (const force of this.#forces.values()) force.sent?.(flow, segment, atMs)
      },
      passed: (flow, segment, atMs) => {
        this.#closes.passed(flow, segment)
        for (const force of this.#forces.values()) force.passed?.(flow, segment, atMs)
      },
      stuck: (flow, side) => this.#closes.isStuck(flow, side),
    })
    this.#closes = new CloseWatch({
      clock: kit.clock,
      offsetMs: this.#offsetMs,
      start: (side, on) => startSocketWatch({ ...on, enter: (file, args) => place.enterPeer(side, file, args) }),
      trouble: note => this.#trouble(note),
      ended: (flow, side, how, when) => this.#tracker.ended(flow, side, how, when),
      unsent: (flow, side, bytes, when) => {
        this.#tracker.unsent(flow, side, bytes, when)
        for (const force of this.#forces.values()) force.unsent?.(flow, side, when)
      },
    })
  }

  /** Resolves once everything that passes is seen. */
  async start(nat: Nat, policy?: Policy): Promise<void> {
    const rules = baseRules(nat, this.#place) + (policy ? policyRules(policy) : '')
    await this.#executor.nft(rules)
    this.#closes.begin()
    this.#hasPolicy = policy !== undefined
    const { raw } = this.#kit
    if (raw?.packets !== undefined) this.#packets = new PacketFiles(raw.packets, error => this.#trouble(error))
    const packets = this.#packets
    const capture = startCapture(this.#place, this.#executor, {
      ...(packets && { kept: (...packet: Parameters<PacketSink>) => packets.add(...packet) }),
      segment: segment => this.#tracker.see(segment),
      mark: number => this.#marks.get(number)?.(),
      trouble: note => this.#trouble(note),
    }).then(started => {
      this.#capture = started
      return started
    })
    this.#starting = Promise.allSettled([capture])
    const { ended } = await capture
    ended.then(why => this.#over || this.#trouble(`nobody watches the firewall any more: ${why}`))
  }

  /** Resolves with when the kernel had it, as the executor saw it. */
  async order(order: LinkOrder, fault: string): Promise<Dated | undefined> {
    if (order.do === 'remove') {
      const key = `${fault}/${order.key}`
      const force = this.#forces.get(key)
      if (!force) throw new Error(`${key} is not in force on this link`)
      return force.lift()
    }
    if (order.do === 'move' && order.what === 'up') return this.#forces.get(`${fault}/move`)?.lift()
    const key = `${fault}/${'key' in order ? order.key : order.do}`
    const force = this.#forceFor(order, fault)
    // Before its rules are in force, so that no packet escapes it.
    this.#forces.set(key, force)
    return force.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true
    const closes = this.#closes[Symbol.asyncDispose]()
    for (const force of this.#forces.values()) force.end?.()
    for (const seen of this.#marks.values()) seen()
    await Promise.all([closes, this.#starting])
    await this.#capture?.[Symbol.asyncDispose]()
    await this.#packets?.[Symbol.asyncDispose]()
  }

  async #settle(): Promise<void> {
    const number = ++this.#marked
    const { clock } = this.#kit
    const seen = new Promise<void>((resolve, reject) => {
      const cancel = clock.at(clock.nowMs() + SETTLE_LIMIT_MS, () => reject(new Error('the watcher is far behind')))
      this.#marks.set(number, () => {
        cancel()
        this.#marks.delete(number)
        resolve()
      })
    })
    await Promise.all([seen, this.#executor.reset(markNumbered(number))])
  }

  #forceFor(order: Exclude<LinkOrder, { do: 'remove' }>, fault: string): FirewallForce {
    switch (order.do) {
      case 'add':
        return this.#toxic(order, fault)
      case 'limit':
        return evictForce(order, this.#context(fault))
      case 'end':
        return this.#ending(order, fault)
      case 'move':
        return this.#moving(order.what, fault)
    }
  }

  #toxic({ toxic, attributes, flows, key }: Add, fault: string): FirewallForce {
    if (toxic === 'idle-cut') return idleForce(boxOf(attributes), this.#context(fault), this.#hasPolicy)
    if (toxic === 'blackhole' && key === 'opening') return noForce
    if (toxic === 'blackhole') return blackholeForce(flows, this.#context(fault))
    throw new Error(`a firewall can't do ${toxic}`)
  }

  #moving(what: NetworkChange, fault: string): FirewallForce {
    const context = this.#context(fault)
    if (what === 'address') return roamForce(context, this.#whereabouts)
    if (what === 'port') return rebindForce(context)
    return downForce({ ...context, hidden: flow => this.#closes.hide(flow, 'client') }, this.#whereabouts)
  }

  #ending({ side, how }: Extract<LinkOrder, { do: 'end' }>, fault: string): FirewallForce {
    if (how === 'fin') throw new Error("a firewall can't send FIN")
    const sides = side === 'both' ? (['client', 'broker'] as const) : [side]
    return ghostForce(sides, this.#context(fault))
  }

  #context(fault: string): ForceContext {
    return {
      kit: this.#kit,
      place: this.#place,
      name: `fault${++this.#placed}`,
      flows: () => this.#tracker.flows(),
      mark: (what, note, at) => this.#mark(fault, what, note, at),
      executor: this.#executor,
      settle: () => this.#settle(),
      trouble: error => this.#trouble(error),
    }
  }

  #mark(fault: string, what: 'held' | 'touched', note: string, at: Parameters<ForceContext['mark']>[2]): void {
    if (this.#over || (what === 'touched' && this.#touched.has(fault))) return
    if (what === 'touched') this.#touched.add(fault)
    const { conn, atMs, lateMs = 0 } = at
    this.#kit.record({
      who: 'harness',
      what: `fault-${what}`,
      fault,
      note,
      atMs,
      ...(lateMs > 0 && { lateMs }),
      ...(what === 'held' && conn !== undefined && { conn }),
    })
  }

  #trouble(error: unknown): void {
    const note = messageOf(error)
    if (!this.#over) this.#kit.record({ who: 'harness', what: 'trouble', note })
  }
}

/** Watches both interfaces of the firewall. */
interface Capture extends AsyncDisposable {
  /** Resolves with its complaint where it ends by itself. */
  readonly ended: Promise<string>
}

interface Listener {
  readonly kept?: PacketSink
  segment(segment: TcpSegment): void
  mark(number: number): void
  trouble(note: string): void
}

/** Resolves once nothing escapes it any more. */
async function startCapture(place: FirewallPlace, executor: Executor, on: Listener): Promise<Capture> {
  const reader = new FrameReader(await interfaces(place, executor), on.kept)
  startReaper()
  const [program, ...own] = tetherByKernel(['perl', '-e', WATCHER])
  const [file, ...args] = place.enter(program, own)
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnv() })
  const release = child.pid === undefined ? () => {} : guardProcess(child.pid)
  const ended = lastWordsOf(child).finally(release)
  const listening = new Promise<undefined>(resolve => child.stdout.once('data', () => resolve(undefined)))
  child.stdout.on('data', (piece: Buffer) => {
    for (const seen of reader.push(piece)) {
      if ('mark' in seen) on.mark(seen.mark)
      else if ('trouble' in seen) on.trouble(seen.trouble)
      else on.segment(seen)
    }
  })
  const why = await Promise.race([listening, ended])
  if (why !== undefined) throw new Error(`can't watch the firewall: ${why}`)
  return {
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Which side is behind each interface, by its number. */
async function interfaces(place: FirewallPlace, executor: Executor): Promise<ReadonlyMap<number, Side>> {
  const { said: listed } = await executor.shell('ip -o link')
  const number = (device: string) => Number(new RegExp(`^(\\d+): ${device}[@:]`, 'm').exec(listed)?.[1])
  return new Map([
    [number(place.clientDevice), 'client'],
    [number(place.brokerDevice), 'broker'],
  ])
}
