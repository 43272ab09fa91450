/**
 * TLS below the packets. The link ends the client's session and opens its own to the broker, and each step of the two handshakes takes its
 * way through the pipeline, so that faults hold and delay it as they do bytes:
 *
 *     client                    link                        broker
 *       ClientHello -->  `hello` up through the toxics -->
 *                                         <-- the link's own handshake -->
 *                        <-- `agreed` down through the toxics
 *       <-- ServerHello ... (version and ALPN as the broker chose)
 *       PINGREQ in records --> bytes of MQTT, as in the clear --> PINGREQ in records
 *
 * close_notify, FIN and RST stay three things: each is passed on as itself. An end that the link itself makes (a fault) is one of TCP: no
 * box on a path can make a record. What is no TLS at all passes unread.
 */
import type { End, Ends, Hearer, Layer } from '../pipe/ends.ts'
import { BrokerLeg } from './broker-leg.ts'
import { ClientLeg } from './client-leg.ts'
import type { Inspection, TlsStep } from './inspection.ts'

export const tlsLayer =
  (inspection: Inspection): Layer =>
  below =>
  upper => {
    const legs: { client?: ClientLeg; broker?: BrokerLeg } = {}
    const ends: Ends = below({
      arrive(side, item) {
        legs[side]?.arrive(item)
      },
      established: () => upper.established(),
      congested: (side, congested) => upper.congested(side, congested),
    } satisfies Hearer)
    const client = new ClientLeg(ends.client, upper, inspection)
    const broker = new BrokerLeg(ends.broker, upper, inspection)
    Object.assign(legs, { client, broker })
    return { client: endOf(client, ends.client), broker: brokerEndOf(broker, ends.broker, inspection) }
  }

const nothing = () => {}

/** A client without TLS has no close_notify of its own to be passed on. */
const brokerEndOf = (leg: BrokerLeg, below: End, { plainClients = false }: Inspection): End => {
  const end = endOf(leg, below)
  return {
    ...end,
    open(sent) {
      below.open(sent)
      leg.opened()
    },
    fin(sent) {
      if (plainClients) leg.tell({ is: 'close-notify' } satisfies TlsStep)
      end.fin(sent)
    },
  }
}

const endOf = (leg: ClientLeg | BrokerLeg, below: End): End => ({
  ...below,
  open: sent => below.open(sent),
  pause: () => below.pause(),
  resume: () => below.resume(),
  write: (bytes, sent = nothing) => leg.write(bytes, sent),
  tell: message => leg.tell(message),
  fin: sent => leg.whenWritten(() => below.fin(sent)),
  rst(sent) {
    below.rst(sent)
    leg.destroy()
  },
  close: () =>
    leg.whenWritten(() => {
      below.close()
      leg.destroy()
    }),
})
