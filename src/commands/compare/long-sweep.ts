/**
 * A sweep of more cells than memory should hold: each result goes into the files as it comes, in the order of its number, and what is
 * told at the end is counted on the way. So memory is the same for a hundred thousand cells and for a million.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { harmless } from '../../text/harmless.ts'
import { plainly } from '../../text/message-of.ts'
import { makeFolder, refuseOtherThanFiles } from '../../text/write-files.ts'
import { type CellResult, type Comparison, type LeftOutCell, metrics } from './comparison.ts'
import { type ComparisonHead, type ComparisonTail, fileText } from './comparison-file.ts'
import { csvHead, csvRows } from './deliver.ts'
import type { OutputOptions } from './options.ts'
import { SweepDigest } from './sweep-digest.ts'

/** Up to so many cells all figures are kept, and shown as maps and tables: 141 values by 141. */
const MOST_KEPT = 20_000

/** Pictures show every cell, so they need all of them. */
export const isLong = (cells: number, { html, svg }: OutputOptions): boolean =>
  cells > MOST_KEPT && html === undefined && svg === undefined

/** What makes a row of CSV ready costs more than a row. */
const ROWS_AT_ONCE = 500

type Peers = Pick<ComparisonTail, 'clients' | 'brokers'>

/** Takes the results of a long sweep, in order. What could not be written is told at the end. */
export class LongSweep {
  readonly #head: ComparisonHead
  readonly #digest: SweepDigest
  readonly #json: OutputFile | undefined
  readonly #csv: OutputFile | undefined
  readonly #rows: CellResult[] = []
  #peers: Peers = { clients: {}, brokers: {} }
  #results = 0
  #leftOut = 0

  constructor(head: ComparisonHead, { json, csv, metric }: OutputOptions) {
    this.#head = head
    this.#digest = new SweepDigest(metrics.get(metric ?? ''))
    if (json !== undefined) this.#json = new OutputFile(json)
    if (csv !== undefined) this.#csv = new OutputFile(csv)
  }

  async begin(): Promise<void> {
    await this.#json?.write(fileText.head(this.#head))
    await this.#csv?.write(csvHead())
  }

  async result(result: CellResult, peers: Peers): Promise<void> {
    this.#digest.add(harmless(result))
    await this.#json?.write(fileText.row(result, this.#results === 0))
    this.#results++
    if (!this.#csv) return
    this.#peers = peers
    if (this.#rows.push(result) === ROWS_AT_ONCE) await this.#writeRows()
  }

  async #writeRows(): Promise<void> {
    await this.#csv?.write(csvRows(this.#rows.splice(0), this.#peers))
  }

  /** Those that are left out come after all results. */
  async leftOut(cell: LeftOutCell): Promise<void> {
    this.#digest.leaveOut(harmless(cell))
    if (this.#leftOut === 0) await this.#json?.write(fileText.between)
    await this.#json?.write(fileText.row(cell, this.#leftOut === 0))
    this.#leftOut++
  }

  /** What is told, and what went wrong. */
  async end(tail: ComparisonTail): Promise<SweepOutcome> {
    if (this.#leftOut === 0) await this.#json?.write(fileText.between)
    await this.#json?.write(fileText.tail(tail))
    await this.#writeRows()
    const troubles = [...((await this.#json?.end()) ?? []), ...((await this.#csv?.end()) ?? [])]
    const frame: Comparison = { ...this.#head, ...tail, results: [], leftOut: [] }
    return {
      text: this.#digest.text(harmless(frame)),
      troubles,
      isDoubtful: this.#digest.doubtful > 0,
      isWhole: this.#results > 0 && this.#results + this.#leftOut === this.#head.cells,
    }
  }

  /** Takes away what was begun. */
  async abandon(): Promise<void> {
    await this.#json?.abandon()
    await this.#csv?.abandon()
  }
}

export interface SweepOutcome {
  readonly text: string
  readonly troubles: readonly string[]
  readonly isDoubtful: boolean
  readonly isWhole: boolean
}

const BUFFERED = 1 << 18

/** Written beside its place, and put there at the end. After the first error nothing more is written. */
class OutputFile {
  readonly #path: string
  #handle: FileHandle | undefined
  #text = ''
  #trouble: string | undefined

  constructor(file: string) {
    this.#path = resolve(file)
  }

  get #draft(): string {
    return `${this.#path}.${process.pid}.part`
  }

  async write(text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= BUFFERED) await this.#tried(() => this.#flush())
  }

  async end(): Promise<readonly string[]> {
    await this.#tried(async () => {
      await this.#flush()
      await this.#handle?.close()
      this.#handle = undefined
      await rename(this.#draft, this.#path)
    })
    if (this.#trouble !== undefined) await this.abandon()
    return this.#trouble === undefined ? [] : [this.#trouble]
  }

  async abandon(): Promise<void> {
    await this.#handle?.close().catch(() => {})
    this.#handle = undefined
    await rm(this.#draft, { force: true }).catch(() => {})
  }

  async #flush(): Promise<void> {
    if (!this.#handle) {
      await refuseOtherThanFiles(this.#path)
      await makeFolder(dirname(this.#path))
      this.#handle = await open(this.#draft, 'w')
    }
    const text = this.#text
    this.#text = ''
    await this.#handle.writeFile(text)
  }

  async #tried(act: () => Promise<void>): Promise<void> {
    if (this.#trouble !== undefined) this.#text = ''
    else
      await act().catch(error => {
        this.#trouble = `${this.#path} can't be written: ${plainly(error)}`
      })
  }
}
