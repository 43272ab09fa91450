import { z } from 'zod'
import { type Connection, sentPackets } from '../../evidence/connection.ts'
import { inK, plural } from '../../text/words.ts'
import { turnMs } from '../../timing/tolerance.ts'
import { connectionUnderTest, type Delivery, deliveriesOf, type History, holdBehind } from '../history.ts'
import type { Check } from './check.ts'
import { inconclusive } from './window.ts'

interface ShareParams {
  readonly lost?: number | undefined
  readonly swallowed?: number | undefined
}

const count = z.int().min(0)

/** What is published so shortly before the end may still be on its way. */
const GRACE_MS = 1000

/**
 * A shared subscription one of whose members is half-open. The broker goes on choosing it until it notices, and what it chose it for
 * is swallowed. Of QoS 1 it then waits for that member, or SHOULD send it to another one; of QoS 2 it must wait: 5.0 §4.8.2
 * [MQTT-4.8.2-4] to [MQTT-4.8.2-6]. In MQTT 3.1.1 shared subscriptions are the broker's own addition.
 */
export const shareKept: Check<ShareParams> = {
  name: 'share-kept',
  dialect: 'mqtt',
  summary:
    'of a shared subscription whose member is half-open no message of QoS 1 or 2 is lost; tells how many that member swallowed until it was noticed',
  options: z.strictObject({
    lost: count.optional().describe('how many may reach no member at all; absent: none'),
    swallowed: count.optional().describe('how many the half-open member may be sent in vain; absent: as many as come'),
  }),
  label: 'share',
  needsControl: 'all',
  judge({ lost: mayBeLost = 0, swallowed: mayBeSwallowed }, history) {
    const stream = history.scenario.client.traffic.receiving
    if (!stream?.share)
      return inconclusive('the client is in no shared subscription: say traffic: { receiving: { share: true, … } }')
    if (stream.qos === 0) return inconclusive('its messages are of QoS 0, which may be lost')
    const connection = connectionUnderTest(history)
    if (typeof connection === 'string') return inconclusive(connection)
    const hold = holdBehind(history, connection, Infinity)
    if (!hold) return inconclusive('no fault held')
    const all = deliveriesOf(history.peers, 'down', stream.qos)
    const without = notShared(history, all, hold.fromMs)
    if (without) return inconclusive(without)
    const swallowed = swallowedBy(connection, hold.heldMs)
    if (swallowed.length === 0)
      return inconclusive('the broker sent the half-open member nothing, so it swallowed nothing')
    const since = all.filter(
      ({ publishedMs }) => publishedMs >= hold.heldMs && publishedMs <= history.endMs - turnMs(GRACE_MS, history),
    )
    const lost = since.filter(({ receivedMs }) => receivedMs.length === 0)
    const noticedMs = connection.ends.find(({ edge }) => edge === 'broker')?.atMs
    const faults = [
      ...(lost.length > mayBeLost
        ? [`${lost.length} reached nobody (the first was number ${lost[0]?.seq}); allowed ${mayBeLost}`]
        : []),
      ...(mayBeSwallowed !== undefined && swallowed.length > mayBeSwallowed ? [`allowed ${mayBeSwallowed}`] : []),
    ]
    const untilMs = noticedMs ?? history.endMs
    const until = noticedMs === undefined ? 'and the broker did not notice by the end' : 'until the broker noticed'
    const reason = [
      `the half-open member was sent ${plural(swallowed.length, 'message')} in the ${inK(untilMs - hold.heldMs, history.keepaliveMs)} ${until}`,
      `of ${since.length} published since, ${whereabouts(history, since)}`,
      ...faults,
    ].join('; ')
    return {
      result: faults.length > 0 ? 'fail' : 'pass',
      sinceMs: hold.heldMs,
      seenMs: noticedMs ?? null,
      window: null,
      reason,
    }
  },
}

/** Before the fault both members must have had messages, each of them its own. */
function notShared({ peers, slackMs = 0 }: History, all: readonly Delivery[], faultMs: number): string | undefined {
  const before = new Set(
    all.filter(({ publishedMs }) => publishedMs < faultMs - turnMs(GRACE_MS, { slackMs })).map(({ seq }) => seq),
  )
  if (before.size < 2) return 'too few messages before the fault to see that they are shared: let the fault begin later'
  const to = (member: string) =>
    peers.filter(
      ({ who, what, flow, seq = 0 }) => who === member && what === 'received' && flow === 'down' && before.has(seq),
    )
  const [own, others] = [to('client'), to('witness')]
  if (own.length > 0 && others.length > 0 && own.length + others.length <= before.size) return undefined
  return `before the fault ${own.length} of ${before.size} messages came to the client and ${others.length} to the other member: the broker does not share them`
}

/** What the broker sent it after the fault held. In a flood some are left out of the record, and those are counted too. */
const swallowedBy = (connection: Connection, heldMs: number) =>
  sentPackets(connection, 'down', 'publish').filter(({ atMs }) => atMs > heldMs)

function whereabouts({ peers }: History, since: readonly Delivery[]): string {
  const seqs = new Set(since.map(({ seq }) => seq))
  const got = (member: string) =>
    new Set(
      peers.flatMap(({ who, what, flow, seq }) =>
        who === member && what === 'received' && flow === 'down' && seq !== undefined && seqs.has(seq) ? [seq] : [],
      ),
    ).size
  const lost = since.filter(({ receivedMs }) => receivedMs.length === 0).length
  return `the other member got ${got('witness')}, this one ${got('client')}, nobody ${lost}`
}
