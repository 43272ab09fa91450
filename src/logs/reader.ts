import type { Dialect, Told } from './dialect.ts'
import { LineSplitter } from './lines.ts'
import { LogClock, type StepBack } from './log-clock.ts'
import type { EventSink, LogEvent } from './log-event.ts'
import { listOf, ObjectGatherer, objectBehind, unwrap } from './objects.ts'
import { Peeler } from './peel.ts'
import { unquoted } from './quotes.ts'
import { type Stamp, stampAt } from './stamp.ts'
import { LineJoiner, wrapWidth } from './wrapped-lines.ts'

/** What was read of a log, and what was not. */
export interface ReadReport {
  readonly lines: number
  readonly empty: number
  /** Lines with a date that can be read. */
  readonly dated: number
  /** Of each program whose words were found, the most lines first. */
  readonly programs: readonly {
    readonly name: string
    readonly title: string
    readonly lines: number
    readonly seenBy: string
    /** How many of its lines told of a connection and had no date. */
    readonly undated: number
    /** See `Dialect`. */
    readonly dates: string | undefined
    readonly packets: string | undefined
  }[]
  /** Lines that belong to a program that was found, or tell of a connection. */
  readonly understood: number
  /** Understood, but without a date, so that they could not be used. */
  readonly undated: number
  /** What was handed on. */
  readonly events: number
  /** The first line that was not understood. */
  readonly stranger: { readonly line: number; readonly text: string } | undefined
  /** Of lines that no words were found for: which program they look like, the most first. */
  readonly looksLike: readonly {
    readonly title: string
    readonly lines: number
    readonly packets?: string | undefined
  }[]
  readonly stepsBack: readonly StepBack[]
  /** The newest line stands first. */
  readonly backwards: boolean
  readonly resolutionMs: number
  /** Whether dates have a year, a day at all, or only the time since a device started. */
  readonly dates: 'full' | 'year-less' | 'day' | 'uptime' | 'none'
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal are meant
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g
const ESCAPE = '\u001b'
const BRACE = 123
const BRACE_END = 125
const BRACKET = 91
const COMMA = 44
const QUOTE = 34
const UNDERSCORE = 95
const CAPITAL_M = 77
const JOURNAL_FIELD = /^ {0,8}(_{0,2}[A-Z][A-Z0-9_]{2,63})=(.*)$/

/** Reads one log: bytes in, events out. Pure but for what it remembers; its memory does not grow with the log. */
export class LogReader {
  readonly #dialects: readonly Dialect[]
  readonly #sink: EventSink
  readonly #peeler: Peeler
  readonly #splitter = new LineSplitter(line => this.#raw(line))
  readonly #objects = new ObjectGatherer()
  #joiner: LineJoiner | undefined
  #begun = false
  /** The date of the line before, where that said nothing else: loggers of Java write a date on one line and the text on the next. */
  #before: Stamp | undefined
  readonly #clock = new LogClock()
  readonly #programs = new Map() as Counts
  readonly #looks = new Map() as Counts
  #lines = 0
  #empty = 0
  #dated = 0
  #understood = 0
  #undated = 0
  #events = 0
  #stranger: ReadReport['stranger']

  constructor(dialects: readonly Dialect[], sink: EventSink) {
    this.#dialects = dialects.map(dialect => ({ ...dialect, ...dialect.fresh?.() }))
    this.#sink = sink
    this.#peeler = new Peeler(this.#dialects)
  }

  /** How many lines were in the words of a program so far. */
  get understood(): number {
    return this.#understood
  }

  push(bytes: Buffer): void {
    if (!this.#begun) this.#begin(bytes)
    this.#splitter.push(bytes)
  }

  end(): ReadReport {
    this.#splitter.end()
    const rest = this.#joiner?.rest()
    if (rest !== undefined) this.#line(rest)
    const { forwards, backwards, stepsBack, resolutionMs, kinds } = this.#clock
    return {
      lines: this.#lines,
      empty: this.#empty + (this.#joiner?.joined ?? 0),
      dated: this.#dated,
      programs: most(this.#programs).map(([{ name, title, seenBy, dates, packets }, counted]) => ({
        ...counted,
        name,
        title,
        seenBy,
        dates,
        packets,
      })),
      understood: this.#understood,
      undated: this.#undated,
      events: this.#events,
      stranger: this.#stranger,
      looksLike: most(this.#looks).map(([{ title, packets }, { lines }]) => ({ title, lines, packets })),
      stepsBack: backwards > forwards ? [] : stepsBack,
      backwards: backwards > forwards && backwards > 2,
      resolutionMs,
      dates: (['full', 'year-less', 'uptime', 'day'] as const).find(kind => kinds.has(kind)) ?? 'none',
    }
  }

  #begin(bytes: Buffer): void {
    this.#begun = true
    const lines = bytes
      .subarray(0, 1 << 16)
      .toString('latin1')
      .replaceAll('\r', '')
      .split('\n')
    const width = wrapWidth(lines)
    if (width !== undefined) this.#joiner = new LineJoiner(width)
  }

  #raw(raw: string): void {
    this.#lines++
    if (!this.#joiner) {
      this.#line(raw)
      return
    }
    const whole = this.#joiner.take(raw)
    if (whole === undefined) return
    // It is the line before.
    this.#lines--
    this.#line(whole)
    this.#lines++
  }

  #line(raw: string): void {
    const text = unquoted(raw.includes(ESCAPE) ? raw.replace(COLOURS, '') : raw)
    if (text.charCodeAt(0) <= 32 ? text.trim() === '' : text.length === 0) {
      this.#empty++
      return
    }
    const first = text.charCodeAt(0)
    const last = text.charCodeAt(text.length - 1)
    const field = first <= 32 || first === UNDERSCORE || first === CAPITAL_M ? JOURNAL_FIELD.exec(text) : undefined
    if (field && this.#field(field[1] ?? '', field[2] ?? '')) return
    const isObjects = first === BRACE || first === BRACKET || first <= 32 || last === BRACE_END || last === COMMA
    if (isObjects && this.#whole(text)) return
    const wrapped = first === BRACE ? unwrap(last === COMMA ? text.slice(0, -1) : text) : undefined
    if (wrapped?.value !== undefined && this.#json(wrapped.value, wrapped.stamp)) return
    const inner = wrapped?.text?.startsWith('{') ? unwrap(wrapped.text) : undefined
    if (inner && this.#json(inner.value, inner.stamp ?? wrapped?.stamp)) return
    const { stamp, dialect, told, text: rest } = this.#peeler.peel(wrapped?.text ?? text, wrapped?.stamp)
    if (stamp) this.#dated++
    if (dialect && told) {
      const before = this.#before
      this.#before = told.length === 0 ? stamp : undefined
      this.#take(dialect, told, stamp ?? before)
      return
    }
    this.#before = stamp
    if (last === BRACE_END || last === QUOTE) {
      const behind = objectBehind(text)
      if (behind && this.#json(behind.value, behind.stamp)) return
    }
    this.#strange(rest, text)
  }

  /**
   * journalctl -o verbose and -o export: a date, and then one field a line (systemd's docs/JOURNAL_EXPORT_FORMATS.md). A field that is
   * no message says nothing, and the date before it stays.
   */
  #field(name: string, value: string): boolean {
    if (name === 'MESSAGE') {
      const { stamp, dialect, told } = this.#peeler.peel(value, this.#before)
      if (!dialect || !told) return false
      if (stamp) this.#dated++
      this.#take(dialect, told, stamp)
      return true
    }
    if (name === '__REALTIME_TIMESTAMP' || name === '_SOURCE_REALTIME_TIMESTAMP')
      this.#before = stampAt(value, 0) ?? this.#before
    this.#empty++
    return true
  }

  /** A part of an object that takes several lines, or several objects on one. */
  #whole(text: string): boolean {
    if (text.startsWith('[{') && text.length > 3) {
      const objects = listOf(text.endsWith(',') ? text.slice(0, -1) : text)
      for (const object of objects ?? []) this.#line(object)
      return objects !== undefined
    }
    const object = this.#objects.take(text)
    if (object === undefined) return false
    if (object === true) this.#empty++
    else this.#line(object.replaceAll('\n', ' '))
    return true
  }

  /** A line that is an object as a whole, of a program that logs so. */
  #json(value: Readonly<Record<string, unknown>>, stamp: Stamp | undefined): boolean {
    for (const dialect of this.#dialects) {
      const told = dialect.readJson?.(value)
      if (!told) continue
      if (stamp || told.some(({ ownMs }) => ownMs !== undefined)) this.#dated++
      this.#take(dialect, told, stamp)
      return true
    }
    return false
  }

  #take(dialect: Dialect, told: readonly Told[], stamp: Stamp | undefined): void {
    this.#understood++
    const counter = bump(this.#programs, dialect)
    if (told.length === 0) {
      if (stamp) this.#clock.dateOf(stamp, this.#lines)
      return
    }
    for (let n = 0; n < told.length; n++) {
      const each = told[n] as Told
      const own = each.ownMs === undefined ? undefined : ownStamp(each.ownMs)
      const dated = own?.kind === 'uptime' ? (stamp ?? own) : (own ?? stamp)
      if (!dated) {
        this.#undated++
        counter.undated++
        continue
      }
      each.atMs = this.#clock.dateOf(dated, this.#lines)
      each.line = this.#lines
      each.seenBy = dialect.seenBy
      if (each.client === undefined && dialect.oneClient !== undefined) each.client = dialect.oneClient
      this.#events++
      this.#sink(each as LogEvent)
    }
  }

  #strange(rest: string, text: string): void {
    // Of quoting, or of numbers of lines, and nothing else; the head of an entry of journalctl -o verbose.
    if (/^[\s>|#:.\d-]*$/.test(text) || / \[s=[0-9a-f]{1,32};i=[0-9a-f]{1,16};b=/.test(text)) {
      this.#empty++
      return
    }
    const own = [...this.#programs.keys()].find(dialect => dialect.looksLike(rest) || dialect.besides?.(rest))
    if (own) {
      this.#understood++
      bump(this.#programs, own)
      return
    }
    if (this.#stranger === undefined && !/^-- /.test(text))
      this.#stranger = { line: this.#lines, text: text.slice(0, 200) }
    // Where words of a program were found, what else looks like one is not looked for.
    if (this.#programs.size > 0 && this.#looks.size === 0) return
    const like =
      this.#dialects.find(dialect => dialect.looksLike(rest)) ?? this.#dialects.find(each => each.looksLike(text))
    if (like) bump(this.#looks, like)
  }
}

/** What lies in 1970 is the time since a program started, which is told in rounded pieces. */
const ownStamp = (atMs: number): Stamp =>
  atMs < A_YEAR_MS
    ? { atMs, kind: 'uptime', resolutionMs: 1000, end: 0, local: false }
    : { atMs, kind: 'full', resolutionMs: 1, end: 0, local: false }
const A_YEAR_MS = 365 * 86_400_000

type Counts = Map<Dialect, { lines: number; undated: number }>

function bump(counts: Counts, dialect: Dialect): { lines: number; undated: number } {
  const counter = counts.get(dialect) ?? { lines: 0, undated: 0 }
  counter.lines++
  counts.set(dialect, counter)
  return counter
}

const most = (counts: Counts) => [...counts].toSorted((a, b) => b[1].lines - a[1].lines)
