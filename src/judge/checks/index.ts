import { registry } from '../../model/plugin.ts'
import { applicationTold } from './application-told.ts'
import { brokerDropsClient } from './broker-drops-client.ts'
import type { Check } from './check.ts'
import { clientGivesUp } from './client-gives-up.ts'
import { flaps } from './flaps.ts'
import { handshakeGivesUp } from './handshake-gives-up.ts'
import { messagesKept } from './messages-kept.ts'
import { pingsOnTime } from './pings-on-time.ts'
import { queued } from './queued.ts'
import { reconnects } from './reconnects.ts'
import { refusesCertificate } from './refuses-certificate.ts'
import { shareKept } from './share-kept.ts'
import { staysConnected } from './stays-connected.ts'
import { storm } from './storm.ts'
import { takenOver } from './taken-over.ts'
import { willPublished } from './will-published.ts'
import { willsPublished } from './wills-published.ts'

export const checks = registry<Check>([
  pingsOnTime,
  brokerDropsClient,
  clientGivesUp,
  willPublished,
  staysConnected,
  reconnects,
  messagesKept,
  takenOver,
  queued,
  shareKept,
  flaps,
  applicationTold,
  handshakeGivesUp,
  refusesCertificate,
  storm,
  willsPublished,
])
