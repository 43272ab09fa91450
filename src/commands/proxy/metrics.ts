import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { FLOWS } from '../../model/flow.ts'
import type { Proxies } from './proxies.ts'
import type { TrafficPlace } from './proxy.ts'
import { newTraffic, STREAMS, type Traffic } from './traffic.ts'

/** Places that no proxy has any more: who makes a proxy for each test, at a port of the system's choice, fills no memory. */
const MOST_PAST = 100

interface Line {
  readonly place: TrafficPlace
  readonly traffic: Traffic
  /** Proxies that are there now. */
  users: number
}

/**
 * What the proxies carried, by name and addresses. It outlives them, as counters must: one that is created again at the
 * same addresses goes on counting, as long as it is among the last hundred that were taken away.
 */
export class Ledger {
  readonly #lines = new Map<string, Line>()

  /** Call `release` once the proxy is not there any more. */
  take(place: TrafficPlace): { readonly traffic: Traffic; release(): void } {
    const key = JSON.stringify(place)
    const line = this.#lines.get(key) ?? { place, traffic: newTraffic(), users: 0 }
    this.#lines.set(key, line)
    line.users++
    let held = true
    const release = () => {
      if (!held) return
      held = false
      line.users--
      // The last one that was taken away stands last.
      this.#lines.delete(key)
      this.#lines.set(key, line)
      this.#forgetOldest()
    }
    return { traffic: line.traffic, release }
  }

  lines(): readonly Pick<Line, 'place' | 'traffic'>[] {
    return [...this.#lines.values()]
  }

  #forgetOldest(): void {
    const past = [...this.#lines].filter(([, { users }]) => users === 0)
    for (const [key] of past.slice(0, -MOST_PAST)) this.#lines.delete(key)
  }
}

const PLACE_LABELS = ['proxy', 'listener', 'upstream'] as const

/** Prometheus text: Toxiproxy's names, with values that are true while connections live; ours; and Node's. */
export function metricsRegistry(ledger: Ledger, proxies: Proxies): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const bytes = (name: 'received' | 'sent', help: string) =>
    new Counter({
      name: `toxiproxy_proxy_${name}_bytes_total`,
      help,
      labelNames: ['direction', ...PLACE_LABELS],
      registers: [register],
      collect() {
        this.reset()
        for (const { place, traffic } of ledger.lines())
          for (const flow of FLOWS) this.inc({ direction: STREAMS[flow], ...place }, traffic[name][flow])
      },
    })
  bytes('received', 'Bytes that a proxy has read from this direction')
  bytes('sent', 'Bytes that a proxy has written in this direction')
  new Counter({
    name: 'halfopen_proxy_connections_total',
    help: 'Connections that a proxy has accepted',
    labelNames: PLACE_LABELS,
    registers: [register],
    collect() {
      this.reset()
      for (const { place, traffic } of ledger.lines()) this.inc({ ...place }, traffic.connections)
    },
  })
  new Gauge({
    name: 'halfopen_proxy_connections',
    help: 'Connections that a proxy has now, ghosts included: those with one end only',
    labelNames: ['proxy'],
    registers: [register],
    collect() {
      this.reset()
      for (const proxy of proxies.all()) this.set({ proxy: proxy.name }, proxy.connections)
    },
  })
  new Gauge({
    name: 'halfopen_proxy_toxics',
    help: 'Toxics that a proxy has now',
    labelNames: ['proxy'],
    registers: [register],
    collect() {
      this.reset()
      for (const proxy of proxies.all()) this.set({ proxy: proxy.name }, proxy.toxics.all().length)
    },
  })
  return register
}
