import type { ClientSignal } from '../faults/fault.ts'
import type { Bench } from '../labs/lab.ts'
import type { StartedClient } from '../peers/clients/client.ts'

/** As many are started at the same time: more would overflow a listening socket's backlog, and wait 1 s for TCP. */
const STARTED_TOGETHER = 50

/** The clients under test, by their number. One may be talking before the lab has handed it over. */
export interface Fleet {
  /** `isDue` resolves when it is this client's turn, with false where it is not to be started any more; absent: all at once. */
  start(count: number, isDue?: (device: number) => Promise<boolean>): Promise<void>
  /** To all that are there. Throws where one of them can't be told. */
  signal(signal: ClientSignal): Promise<void>
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
    async start(count, isDue) {
      if (isDue) {
        const devices = Array.from({ length: count }, (_, index) => index + 1)
        await Promise.all(devices.map(async device => (await isDue(device)) && startOne(device)))
        return
      }
      for (let begin = 1; begin <= count; begin += STARTED_TOGETHER) {
        const length = Math.min(STARTED_TOGETHER, count - begin + 1)
        await Promise.all(Array.from({ length }, (_, index) => startOne(begin + index)))
      }
    },
    async signal(signal) {
      await Promise.all(
        [...there.values()].map(client => {
          if (!client.signal) throw new Error(`the client can't ${signal}`)
          return client.signal(signal)
        }),
      )
    },
    whenThere(device, act) {
      const client = there.get(device)
      if (client) act(client)
      else waiting.set(device, act)
    },
  }
}
