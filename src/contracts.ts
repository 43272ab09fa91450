/** What a plug-in has to keep to, and what helps it: docs/plugins.md. */
export { z } from 'zod'
export type { Clock } from './clock/clock.ts'
export type { Kit, Record } from './clock/kit.ts'
export { realClock } from './clock/real.ts'
export type { Hold } from './evidence/connection.ts'
export {
  type Connection,
  deliveredPackets,
  firstEnd,
  lostMs,
  type PacketAt,
  sentPackets,
} from './evidence/connection.ts'
export type { BrokerOrder, Capability, Fault, LinkOrder, Order } from './faults/fault.ts'
export type { Check, Finding, NeedsControl } from './judge/checks/check.ts'
export {
  chosenWindow,
  inconclusive,
  type Measured,
  type WindowParams,
  windowParams,
  withinWindow,
} from './judge/checks/window.ts'
export type { History } from './judge/history.ts'
export type { Admission, Bench, Lab, LabKind, Peers } from './labs/lab.ts'
export { local as localLab } from './labs/local.ts'
export type { Address, LinkContext, LinkKind, StartedLink } from './link/kinds/link.ts'
export { milliseconds, resolveDuration } from './model/duration.ts'
export type { Flow, Side } from './model/flow.ts'
export { FLOWS, flowsOf } from './model/flow.ts'
export type { Availability, Plugin, Vocabulary } from './model/plugin.ts'
export { direction, duration, qos, side, sides } from './model/schema.ts'
export type { ScenarioReport, SuiteReport } from './model/verdict.ts'
export type {
  BrokerKind,
  EmbeddedBroker,
  InProcessBroker,
  StartContext,
  StartedBroker,
} from './peers/brokers/broker.ts'
export type { ClientContext, ClientKind, Message, StartedClient } from './peers/clients/client.ts'
export { decodePayload, type Numbered } from './peers/clients/payload.ts'
export type { Access } from './peers/reach/access.ts'
export type { Look, Plan, Reporter, ReportWriter } from './reporters/reporter.ts'
export type { Windows } from './timing/windows.ts'
