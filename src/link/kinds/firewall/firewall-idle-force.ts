import { type Dated, spanOf } from '../../../clock/clock.ts'
import type { Box } from './box.ts'
import type { FirewallForce, ForceContext } from './firewall-force.ts'
import { idleRules, POLICY, setsOf } from './idle-rules.ts'
import { IdleTable, meetsNext, nextFor } from './idle-table.ts'
import { CONNTRACK, FOR_EVER_MS, loose, noTable } from './nft-rules.ts'
import { resetOnce } from './reset-flow.ts'

/** How much earlier than told the kernel may forget, in its ticks: it counts from the tick before, and of a set's time whole ticks. */
const earlyMs = ({ timer }: Box, tickMs: number): number => (timer === 'set' ? 2 * tickMs + 1 : tickMs)

/** A firewall that forgets silent flows, by a policy that is there already where `hasPolicy`. Lifted, it forgets none any more, and knows the forgotten ones no better. */
export function idleForce(box: Box, context: ForceContext, hasPolicy = false): FirewallForce {
  const { kit, place, name, flows, mark, executor, settle, trouble } = context
  let table: IdleTable | undefined
  const reset = resetOnce(context)
  const rules = (afterMs: number, members: Parameters<typeof idleRules>[3]) =>
    executor.nft(idleRules(name, { ...box, afterMs }, place, members))
  const isTracked = box.timer === 'conntrack'

  const tableOf = () =>
    new IdleTable(
      {
        clock: kit.clock,
        box,
        tickMs: earlyMs(box, executor.tickMs),
        mark: (flow, what, note, when) => mark(what, note, { conn: flow.conn, ...when }),
        expired: flow => box.onExpiry === 'rst-both' && reset(flow, ['client', 'broker']),
        settle,
        trouble,
        // The kernel gives a flow the new time-out with its next packet. One that stays silent keeps the old.
        ...(isTracked && !hasPolicy && { forget: ({ inside, broker }) => executor.forget(inside, broker) }),
      },
      flows(),
    )

  /** The kernel's own table is emptied. */
  const flush = async (idle: IdleTable): Promise<Dated> => {
    await executor.shell(loose(box.recreate))
    await rules(box.afterMs, [])
    const when = await executor.flush()
    await settle()
    idle.lose(when, flows())
    return when
  }
  const track = async (idle: IdleTable): Promise<Dated | undefined> => {
    const settings = `${hasPolicy ? '' : timeouts(box.afterMs / 1000)}\n${loose(box.recreate)}`
    const when = spanOf([await executor.shell(settings), await rules(box.afterMs, [])])
    await settle()
    if (when) idle.place(when, flows())
    return when
  }
  const put = async (idle: IdleTable): Promise<Dated> => {
    const when = await rules(box.afterMs, idle.members())
    await settle()
    idle.place(when, flows())
    return when
  }

  return {
    async start() {
      await settle()
      table = tableOf()
      if (!isTracked) return put(table)
      return box.afterMs < 1000 ? flush(table) : track(table)
    },
    async lift() {
      await settle()
      table?.lift()
      if (isTracked) {
        if (hasPolicy) await executor.nft(noTable(POLICY))
        return executor.shell(
          `${timeouts(FOR_EVER_MS / 1000)}\n${CONNTRACK} --update --timeout ${FOR_EVER_MS / 1000} || true`,
        )
      }
      const known = await Promise.all(setsOf(box.refreshedBy).map(set => membersOf(context, set)))
      const everywhere = known[0]?.filter(inside => known.every(each => each.includes(inside))) ?? []
      return rules(
        FOR_EVER_MS,
        everywhere.map(inside => ({ inside, leftMs: FOR_EVER_MS })),
      )
    },
    end: () => table?.end(),
    passed: (flow, segment, atMs) => table?.passed(flow, segment, atMs),
    sent(flow, segment) {
      if (!table?.forgets(flow) || !meetsNext(box, segment) || nextFor(box, segment) !== 'rst-both') return
      // Its sender is answered by the rule itself.
      reset(flow, [segment.edge === 'client' ? 'broker' : 'client'])
    },
  }
}

const timeouts = (s: number) => `echo ${s} >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established`

/** Who the kernel itself still knows: `10.77.1.2:40000`. */
async function membersOf({ executor, name }: ForceContext, set: string): Promise<readonly string[]> {
  const { said } = await executor.nft(`list set ip ${name} ${set}`)
  return [...said.matchAll(/(?<![\d.])(\d+\.\d+\.\d+\.\d+) \. (\d+)/g)].map(([, address, port]) => `${address}:${port}`)
}
