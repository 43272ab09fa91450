/** Our toxics without a server: the hub and both ends of its connections in memory, in virtual time. */
import type { VirtualClock } from '../../../src/clock/virtual.ts'
import { Toxics } from '../../../src/commands/proxy/toxic-list.ts'
import { Bench, type FakeEnd } from '../../link/pipe/bench.ts'
import { type Entry, Peer } from './peer.ts'
import type { Path } from './probe.ts'

/** What has not come by then does not come; virtual time is free. */
const PATIENCE_MS = 10_000

class VirtualPeer extends Peer {
  readonly #clock: VirtualClock
  readonly #end: FakeEnd

  constructor(clock: VirtualClock, end: FakeEnd) {
    super()
    this.#clock = clock
    this.#end = end
    end.onTold = (what, bytes) => this.note(clock.nowMs(), what as Entry['what'], bytes)
  }

  send(bytes: string | Buffer): number {
    this.#end.send(bytes)
    return this.#clock.nowMs()
  }

  finish(): number {
    this.#end.end()
    return this.#clock.nowMs()
  }

  reset(): number {
    this.#end.reset()
    return this.#clock.nowMs()
  }

  drop(): void {}

  until(holds: () => boolean, withinMs = PATIENCE_MS): Promise<void> {
    return advance(this.#clock, holds, withinMs)
  }
}

/** Looks again each millisecond, since what happens next may be ordered meanwhile. */
async function advance(clock: VirtualClock, holds: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = clock.nowMs() + withinMs
  while (!holds() && clock.nowMs() < deadlineMs) await clock.advanceTo(Math.min(clock.nowMs() + 1, deadlineMs))
}

/** Exact: what takes a millisecond more or less than expected shows. */
export async function onVirtualPath<T>(act: (path: Path) => Promise<T>): Promise<T> {
  const bench = new Bench()
  const { clock } = bench
  const toxics = new Toxics(bench.hub, 'p', 1)
  const within = (fromMs: number, toMs: number, earliestMs: number, latestMs: number) =>
    toMs - fromMs >= earliestMs - 0.5 && toMs - fromMs <= latestMs + 0.5
  const path: Path = {
    async add(toxic) {
      const { name, attributes } = toxics.add(toxic)
      return { attributes, remove: async () => toxics.remove(name) }
    },
    update: async (name, change) => toxics.update(name, () => change),
    async open() {
      let opened = false
      const { client, broker } = bench.open(connection => {
        opened = true
        connection.established()
      })
      const peers = { client: new VirtualPeer(clock, client), upstream: new VirtualPeer(clock, broker) }
      await advance(clock, () => opened, PATIENCE_MS)
      return peers
    },
    nowMs: () => clock.nowMs(),
    rest: ms => clock.advanceTo(clock.nowMs() + ms),
    async paced(count, everyMs, _lessThanMs, act) {
      for (let done = 0; done < count; done++) {
        act()
        await clock.advanceTo(clock.nowMs() + everyMs)
      }
    },
    near: (fromMs, toMs, expectedMs) =>
      `${within(fromMs, toMs, expectedMs, expectedMs) ? expectedMs : toMs - fromMs} ms`,
    within,
  }
  return await act(path)
}
