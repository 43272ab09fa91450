import { DEFAULT_DIALECT } from '../dialects/index.ts'
import type { WireDialect, WireRule, WireRules } from '../dialects/wire-dialect.ts'
import { type Duration, formatDuration, resolveDuration } from '../model/duration.ts'
import type { EvidenceHeader } from '../model/evidence.ts'
import type { Window } from '../model/verdict.ts'
import { brokerBounds, clientBounds } from './profiles/bounds.ts'
import { brokerProfile, latestClose } from './profiles/brokers.ts'
import { clientProfile } from './profiles/clients.ts'
import { brokerMeasurement, clientMeasurement, isMadeOfProfile, NOT_ITSELF } from './profiles/measured-profiles.ts'
import { clause, type Protocol, SERVER_EARLIEST, WEBSOCKET_CLOSE_MS, WILL_MS, willDelayMs } from './spec.ts'
import { roundTripMs, schedulingMs } from './tolerance.ts'

/** The windows that spec and profiles give for one run, for the keep-alive in force. */
export interface Windows {
  readonly keepaliveMs: number
  /** Between two control packets from the client, while healthy. */
  readonly pings: Window
  /** From the last client packet that the broker received, to its close. `undefined` where K is 0: no duty. */
  readonly brokerDrops: Window | undefined
  /** From the moment that the fault held, to the client's close. */
  readonly clientGivesUp: Window | undefined
  /** From the broker's knowing, to the will at the witness. */
  readonly will: Window
  /** How exactly the lab dates an event: two that are closer together have no order. */
  readonly resolutionMs: number
}

/** `wire`: what client and broker speak; absent: MQTT. */
export function windowsFor(header: EvidenceHeader, keepaliveMs: number, wire: WireDialect = DEFAULT_DIALECT): Windows {
  const duty = keepaliveMs > 0
  const { client } = header.scenario
  const rules = wire.rules(client.protocol, keepaliveMs)
  return {
    keepaliveMs,
    pings: duty ? wider(pings(rules, keepaliveMs), header) : NO_DUTY,
    brokerDrops: duty ? wider(withFarewell(brokerDrops(header, keepaliveMs, rules), header), header) : undefined,
    clientGivesUp: duty ? wider(clientGivesUp(header, keepaliveMs, rules), header) : undefined,
    will: wider(
      willWindow(willDelayMs(client.will?.delayS ?? 0, client.options, client.protocol), client.protocol),
      header,
    ),
    resolutionMs: header.labResolutionMs,
  }
}

/** Where time runs faster, what the machine takes for a turn of a program is many times as long for the program: both ends are that far out. */
function wider(window: Window, { speed, labResolutionMs }: EvidenceHeader): Window {
  if (speed === undefined) return window
  const { earliestMs, latestMs, source } = window
  return {
    ...window,
    earliestMs: Math.max(0, earliestMs - labResolutionMs),
    latestMs: latestMs + labResolutionMs,
    source: `${source}, ± ${formatDuration({ ms: labResolutionMs, k: 0 })} at x${speed}`,
  }
}

/** A keep-alive of 0 turns the mechanism off: MQTT 3.1.1 and 5.0 §3.1.2.10. */
const NO_DUTY: Window = { earliestMs: 0, latestMs: Infinity, origin: 'spec', source: 'keep-alive 0: no duty' }

function pings({ pings: { latest, source } }: WireRules, keepaliveMs: number): Window {
  return { earliestMs: 0, latestMs: resolveDuration(latest, keepaliveMs), origin: 'spec', source }
}

/** Both ends are dated at the broker's edge, so the link's latency has no part in it. */
function brokerDrops(header: EvidenceHeader, keepaliveMs: number, { brokerDrops: rule }: WireRules): Window {
  const spareMs = schedulingMs(header.labResolutionMs)
  const measurement = brokerMeasurement(header)
  if (!measurement) return knownBrokerDrops(header, keepaliveMs, spareMs, rule)
  const { source, ...bounds } = brokerBounds(measurement, keepaliveMs, spareMs)
  return windowOf(bounds, keepaliveMs, 'profile', `${rule.source} + ${source}`)
}

function withFarewell(window: Window, { broker, scenario }: EvidenceHeader): Window {
  // Where it is not in TLS, or the link has that open, it sees that the broker begins to close.
  if (broker.over !== 'wss' || scenario.link.options.tls === 'inspect') return window
  const source = `${window.source}, + ${formatDuration({ ms: WEBSOCKET_CLOSE_MS, k: 0 })} to close a WebSocket (RFC 6455 §7.1.1)`
  return { ...window, latestMs: window.latestMs + WEBSOCKET_CLOSE_MS, source }
}

function knownBrokerDrops(header: EvidenceHeader, keepaliveMs: number, spareMs: number, rule: WireRule): Window {
  const { scenario, broker } = header
  const remark = remarkOn(scenario.broker)
  const profile = brokerProfile(broker, keepaliveMs, scenario.client.protocol)
  if (!profile) {
    return windowOf(rule, keepaliveMs, 'spec', `${rule.source}${remark}`)
  }
  const latest = plus(latestClose(profile, keepaliveMs), { ms: spareMs, k: 0 })
  const source = `${rule.source} + ${broker.name} ${broker.version} profile${remark}`
  return windowOf({ earliest: SERVER_EARLIEST, latest }, keepaliveMs, 'profile', source)
}

function clientGivesUp(header: EvidenceHeader, keepaliveMs: number, { clientGivesUp: rule }: WireRules): Window {
  const { scenario, client } = header
  const spareMs = schedulingMs(header.labResolutionMs) + roundTripMs(scenario, keepaliveMs)
  const wider = ({ earliest, latest }: { readonly earliest: Duration; readonly latest: Duration }) => ({
    earliest: plus(earliest, { ms: -spareMs, k: 0 }),
    latest: plus(latest, { ms: spareMs, k: 0 }),
  })
  const measurement = clientMeasurement(header)
  if (measurement) {
    const publishing = scenario.client.traffic.publishing !== undefined
    const { source, ...bounds } = clientBounds(measurement, keepaliveMs, publishing)
    return windowOf(wider(bounds), keepaliveMs, 'profile', source)
  }
  const remark = remarkOn(scenario.client)
  const profile = clientProfile(client, keepaliveMs, scenario.client.protocol)
  if (!profile) {
    return windowOf(rule, keepaliveMs, 'spec', `unknown client; ${rule.source}${remark}`)
  }
  const bounds = wider({ earliest: profile.best, latest: profile.worst })
  return windowOf(bounds, keepaliveMs, 'profile', `${client.name} ${client.version} profile${remark}`)
}

const remarkOn = (choice: { readonly name: string }): string => (isMadeOfProfile(choice) ? `; ${NOT_ITSELF}` : '')

/** From the broker's knowing to the will, which it has to keep back for `delayMs`. */
export function willWindow(delayMs: number, protocol: Protocol): Window {
  const bounds = { earliest: { ms: delayMs - WILL_MS, k: 0 }, latest: { ms: delayMs + WILL_MS, k: 0 } }
  return windowOf(bounds, 0, 'spec', clause('will', protocol))
}

/** Bounds in units of K, resolved; the source says the formula. Nothing can happen before its anchor. */
export function windowOf(
  { earliest, latest }: { readonly earliest: Duration; readonly latest: Duration },
  keepaliveMs: number,
  origin: Window['origin'],
  source: string,
): Window {
  const earliestMs = Math.max(0, resolveDuration(earliest, keepaliveMs))
  const formula = earliestMs > 0 ? `${formatDuration(earliest)} to ${formatDuration(latest)}` : formatDuration(latest)
  return { earliestMs, latestMs: resolveDuration(latest, keepaliveMs), origin, source: `${formula}, ${source}` }
}

const plus = (a: Duration, b: Duration): Duration => ({ ms: a.ms + b.ms, k: a.k + b.k })
