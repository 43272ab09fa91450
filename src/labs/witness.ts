import type { Message } from '../clients/client.ts'

/** A client of ours on a direct, unfaulted connection to the broker. It sees the will and the messages that arrive. */
export interface Witness extends AsyncDisposable {
  /** Publishes to the client under test; records `published` and `acknowledged` with flow `down`. */
  publish(message: Message, seq: number): void
}
