import type { StartedClient } from '../clients/client.ts'
import type { Bench } from '../labs/lab.ts'

/** As many are started at the same time: more would overflow a listening socket's backlog, and wait 1 s for TCP. */
const STARTED_TOGETHER = 50

/** The clients under test, by their number. One may be talking before the lab has handed it over. */
export interface Fleet {
  start(count: number): Promise<void>
  /** Calls `act` with the client, as soon as it is there. */
  whenThere(device: number, act: (client: StartedClient) => void): void
}

export function fleet(bench: Pick<Bench, 'startClient'>): Fleet {
  const there = new Map<number, StartedClient>()
  const waiting = new Map<number, (client: StartedClient) => void>()

  const startOne = async (device: number) => {
    const client = await bench.startClient(device)
    there.set(device, client)
    waiting.get(device)?.(client)
  }
  return {
    async start(count) {
      for (let begin = 1; begin <= count; begin += STARTED_TOGETHER) {
        const length = Math.min(STARTED_TOGETHER, count - begin + 1)
        await Promise.all(Array.from({ length }, (_, index) => startOne(begin + index)))
      }
    },
    whenThere(device, act) {
      const client = there.get(device)
      if (client) act(client)
      else waiting.set(device, act)
    },
  }
}
