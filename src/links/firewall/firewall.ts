import type { Kit } from '../../clock/kit.ts'
import { calendarOffsetMs } from '../../clock/real.ts'
import type { LinkOrder } from '../../faults/fault.ts'
import { blackholeForce, noForce } from './blackhole-force.ts'
import { boxOf } from './box.ts'
import { type Capture, startCapture } from './capture.ts'
import { CloseWatch } from './close-watch.ts'
import { evictForce } from './evict-force.ts'
import type { Force, ForceSeat } from './force.ts'
import { ghostForce } from './ghost-force.ts'
import { idleForce } from './idle-force.ts'
import { type Injector, startInjector } from './injector.ts'
import type { FirewallPlace } from './place.ts'
import { type Policy, policyRules } from './policy.ts'
import { baseRules, type Nat } from './rules.ts'
import { Tracker } from './tracker.ts'

type Add = Extract<LinkOrder, { do: 'add' }>

/** The kernel's firewall as a link: orders become rules, and what it lets through becomes evidence. */
export class Firewall implements AsyncDisposable {
  readonly #kit: Kit
  readonly #place: FirewallPlace
  readonly #tracker: Tracker
  readonly #closes: CloseWatch
  readonly #forces = new Map<string, Force>()
  readonly #touched = new Set<string>()
  #capture: Capture | undefined
  #injector: Promise<Injector> | undefined
  #hasPolicy = false
  #placed = 0
  #over = false

  constructor(kit: Kit, place: FirewallPlace) {
    this.#kit = kit
    this.#place = place
    this.#tracker = new Tracker(kit.record, calendarOffsetMs(kit.clock), {
      sent: (flow, segment, atMs) => {
        this.#closes.sent(flow, segment)
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
      place,
      ended: (flow, side, how) => this.#tracker.ended(flow, side, how, kit.clock.nowMs()),
    })
  }

  /** Resolves once everything that passes is seen. */
  async start(nat: Nat, policy?: Policy): Promise<void> {
    const rules = baseRules(nat, this.#place) + (policy ? policyRules(policy) : '')
    await this.#place.run('nft', ['-f', '-'], rules)
    this.#hasPolicy = policy !== undefined
    this.#capture = await startCapture(this.#place, segment => this.#tracker.see(segment))
    this.#capture.ended.then(why => this.#over || this.#trouble(`nobody watches the firewall any more: ${why}`))
  }

  async order(order: LinkOrder, fault: string): Promise<void> {
    if (order.do === 'remove') {
      const key = `${fault}/${order.key}`
      const force = this.#forces.get(key)
      if (!force) throw new Error(`${key} is not in force on this link`)
      await force.lift()
      return
    }
    const key = order.do === 'end' ? `${fault}/end` : `${fault}/${order.key}`
    const force = this.#forceFor(order, fault)
    // Before its rules are in force, so that no packet escapes it.
    this.#forces.set(key, force)
    await force.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true
    this.#closes.end()
    for (const force of this.#forces.values()) force.end?.()
    await this.#capture?.[Symbol.asyncDispose]()
    const injector = await this.#injector?.catch(() => undefined)
    await injector?.[Symbol.asyncDispose]()
  }

  #forceFor(order: Exclude<LinkOrder, { do: 'remove' }>, fault: string): Force {
    switch (order.do) {
      case 'add':
        return this.#toxic(order, fault)
      case 'limit':
        return evictForce(order, this.#seat(fault))
      case 'end':
        return this.#ending(order, fault)
    }
  }

  #toxic({ toxic, attributes, flows, key }: Add, fault: string): Force {
    if (toxic === 'idle-cut') return idleForce(boxOf(attributes), this.#seat(fault), this.#hasPolicy)
    if (toxic === 'blackhole' && key === 'opening') return noForce
    if (toxic === 'blackhole') return blackholeForce(flows, this.#seat(fault))
    throw new Error(`a firewall can't do ${toxic}`)
  }

  #ending({ side, how }: Extract<LinkOrder, { do: 'end' }>, fault: string): Force {
    if (how === 'fin') throw new Error("a firewall can't send FIN")
    const sides = side === 'both' ? (['client', 'broker'] as const) : [side]
    return ghostForce(sides, this.#seat(fault))
  }

  #seat(fault: string): ForceSeat {
    return {
      kit: this.#kit,
      place: this.#place,
      name: `fault${++this.#placed}`,
      flows: () => this.#tracker.flows(),
      mark: (what, note, at) => this.#mark(fault, what, note, at),
      injector: () => {
        this.#injector ??= startInjector(this.#place, error => this.#trouble(error))
        return this.#injector
      },
      trouble: error => this.#trouble(error),
    }
  }

  #mark(fault: string, what: 'held' | 'touched', note: string, at: Parameters<ForceSeat['mark']>[2]): void {
    if (this.#over || (what === 'touched' && this.#touched.has(fault))) return
    const place = what === 'touched' ? { ...(at.atMs !== undefined && { atMs: at.atMs }) } : at
    if (what === 'touched') this.#touched.add(fault)
    this.#kit.record({ who: 'harness', what: `fault-${what}`, fault, note, ...place })
  }

  #trouble(error: unknown): void {
    const note = error instanceof Error ? error.message : String(error)
    if (!this.#over) this.#kit.record({ who: 'harness', what: 'trouble', note })
  }
}
