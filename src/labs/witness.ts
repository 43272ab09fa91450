import type { Message } from '../peers/clients/client.ts'

/** A client of ours on a direct, unfaulted connection to the broker. It sees the will and the messages that arrive. */
export interface Witness extends AsyncDisposable {
  /** Publishes to the client under test; records `published` and `acknowledged` with flow `down`. */
  publish(message: Message, seq: number): void
}

/** Where a run was asked to do without one. */
export const noWitness: Witness = {
  publish() {
    throw new Error('this run has no witness to publish')
  },
  async [Symbol.asyncDispose]() {},
}
