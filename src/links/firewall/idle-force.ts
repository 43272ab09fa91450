import type { Box } from './box.ts'
import { CONNTRACK, FOR_EVER_MS, forget, loose } from './conntrack.ts'
import type { TrackedFlow } from './flow.ts'
import type { Force, ForceSeat } from './force.ts'
import { idleRules, setsOf } from './idle-rules.ts'
import { IdleTable, meetsNext, nextFor } from './idle-table.ts'
import { POLICY } from './policy.ts'
import { resetOnce } from './reset.ts'
import { noTable } from './rules.ts'

/** A firewall that forgets silent flows, by a policy that is there already where `hasPolicy`. Lifted, it forgets none any more, and knows the forgotten ones no better. */
export function idleForce(box: Box, seat: ForceSeat, hasPolicy = false): Force {
  const { kit, place, name, flows, mark, injector } = seat
  let table: IdleTable | undefined
  const reset = resetOnce(seat)
  const rules = (afterMs: number, members: Parameters<typeof idleRules>[3]) =>
    place.run('nft', ['-f', '-'], idleRules(name, { ...box, afterMs }, place, members))

  return {
    async start() {
      if (box.onExpiry === 'rst-both' || Object.values(box.onNext).includes('rst-both')) await injector()
      const living = flows()
      const idle = new IdleTable(
        {
          clock: kit.clock,
          box,
          mark: (flow, what, note, atMs) => mark(what, note, { conn: flow.conn, atMs }),
          expired: flow => box.onExpiry === 'rst-both' && reset(flow, ['client', 'broker']),
        },
        living,
      )
      const left = () => living.map(flow => ({ inside: flow.inside, leftMs: idle.leftMs(flow) }))
      if (box.timer === 'conntrack' && box.afterMs < 1000) {
        await place.shell(loose(box.recreate))
        await rules(box.afterMs, [])
        await place.shell('conntrack --flush')
      } else if (box.timer === 'conntrack') {
        await place.shell(`${hasPolicy ? '' : timeouts(box.afterMs / 1000)}\n${loose(box.recreate)}`)
        await rules(box.afterMs, [])
        if (!hasPolicy) for (const flow of living) forgetInTime(flow, idle, seat)
      } else await rules(box.afterMs, left())
      table = idle
    },
    async lift() {
      table?.lift()
      if (box.timer === 'conntrack') {
        if (hasPolicy) await place.run('nft', ['-f', '-'], noTable(POLICY))
        await place.shell(
          `${timeouts(FOR_EVER_MS / 1000)}\n${CONNTRACK} --update --timeout ${FOR_EVER_MS / 1000} || true`,
        )
        return
      }
      const known = await Promise.all(setsOf(box.refreshedBy).map(set => membersOf(place, name, set)))
      const everywhere = known[0]?.filter(inside => known.every(each => each.includes(inside))) ?? []
      await rules(
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
const lastMs = ({ activity: { up, down } }: TrackedFlow): number => Math.max(up.packetMs, down.packetMs)

/**
 * The kernel gives a flow the new time-out with its next packet. One that stays silent keeps the old, so it is taken out of
 * the table at the moment at which it would have been forgotten.
 */
function forgetInTime(flow: TrackedFlow, idle: IdleTable, { kit: { clock }, place, trouble }: ForceSeat): void {
  const sinceMs = lastMs(flow)
  clock.at(clock.nowMs() + idle.leftMs(flow), () => {
    if (flow.over || lastMs(flow) !== sinceMs) return
    // Where there is nothing to delete, a packet came between the new time-out and our look, and the kernel itself was first.
    place.shell(forget(flow)).catch(trouble)
  })
}

/** Who the kernel itself still knows: `10.77.1.2:40000`. */
async function membersOf(place: ForceSeat['place'], name: string, set: string): Promise<readonly string[]> {
  const listed = await place.run('nft', ['list', 'set', 'ip', name, set])
  return [...listed.matchAll(/(?<![\d.])(\d+\.\d+\.\d+\.\d+) \. (\d+)/g)].map(
    ([, address, port]) => `${address}:${port}`,
  )
}
