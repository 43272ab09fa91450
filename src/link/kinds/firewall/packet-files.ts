import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { interfaceBlock, packetBlock, sectionBlock } from '../../../captures/pcapng-blocks.ts'
import type { Side } from '../../../model/flow.ts'
import { plainly } from '../../../text/message-of.ts'

/** What a disk that is slower than the network may leave in memory. */
const MOST_WAITING_BYTES = 64 << 20

/**
 * The watcher's packets as it has them: TCP at both interfaces as the kernel saw it, with its dates, resent segments, probes of TCP
 * keep-alive, and whatever the packets hold; so only their owner can read the files. One for each interface: the same segment passes both,
 * and Wireshark would take the second one for resent.
 */
export class PacketFiles implements AsyncDisposable {
  readonly #streams: Readonly<Record<Side, WriteStream>>
  readonly #trouble: (error: unknown) => void
  #lost = false

  /** `prefix`: to which `-client.pcapng` and `-broker.pcapng` are added. */
  constructor(prefix: string, trouble: (error: unknown) => void) {
    this.#trouble = trouble
    this.#streams = { client: this.#open(prefix, 'client'), broker: this.#open(prefix, 'broker') }
  }

  /** `dateMs`: on the calendar's clock. `packet`: from its IP header on. */
  add(edge: Side, dateMs: number, packet: Buffer): void {
    const stream = this.#streams[edge]
    if (this.#lost) return
    if (stream.writableLength > MOST_WAITING_BYTES) this.#lose('the disk is too slow for it')
    else stream.write(packetBlock(0, dateMs, packet, []))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What went wrong has been told.
    const ended = Object.values(this.#streams).map(stream => finished(stream.end()).catch(() => {}))
    await Promise.all(ended)
  }

  #open(prefix: string, edge: Side): WriteStream {
    const stream = createWriteStream(`${prefix}-${edge}.pcapng`, { mode: 0o600 })
    stream.on('error', error => this.#lose(plainly(error)))
    const what = `the firewall's interface towards the ${edge}`
    stream.write(sectionBlock('halfopen', `What the kernel saw at ${what}, with its own dates: TCP only.`))
    stream.write(interfaceBlock(`${edge}-edge`, what))
    return stream
  }

  #lose(why: string): void {
    if (this.#lost) return
    this.#lost = true
    this.#trouble(new Error(`the kernel's packets can't be kept: ${why}`))
  }
}
