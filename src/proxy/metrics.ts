import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { FLOWS } from '../model/flow.ts'
import type { Proxies } from './proxies.ts'
import type { TrafficPlace } from './proxy.ts'
import { newTraffic, STREAMS, type Traffic } from './traffic.ts'

/**
 * What the proxies carried, by name and addresses. It outlives them, as counters must: one that is created again at the
 * same addresses goes on counting.
 */
export class Ledger {
  readonly #lines = new Map<string, { readonly place: TrafficPlace; readonly traffic: Traffic }>()

  traffic(place: TrafficPlace): Traffic {
    const key = JSON.stringify(place)
    const line = this.#lines.get(key) ?? { place, traffic: newTraffic() }
    this.#lines.set(key, line)
    return line.traffic
  }

  lines() {
    return this.#lines.values()
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
