import type { Dialect, Told } from './dialect.ts'
import { LineSplitter } from './lines.ts'
import { LogClock, type StepBack } from './log-clock.ts'
import type { EventSink, LogEvent } from './log-event.ts'
import { Peeler, unwrap } from './peel.ts'
import type { Stamp } from './stamp.ts'

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
  }[]
  /** Lines that belong to a program that was found, or tell of a connection. */
  readonly understood: number
  /** Understood, but without a date, so that they could not be used. */
  readonly undated: number
  /** The first line that was not understood. */
  readonly stranger: { readonly line: number; readonly text: string } | undefined
  /** Of lines that no words were found for: which program they look like, the most first. */
  readonly looksLike: readonly { readonly title: string; readonly lines: number }[]
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

/** Reads one log: bytes in, events out. Pure but for what it remembers; its memory does not grow with the log. */
export class LogReader {
  readonly #dialects: readonly Dialect[]
  readonly #sink: EventSink
  readonly #peeler: Peeler
  readonly #splitter = new LineSplitter(line => this.#line(line))
  readonly #clock = new LogClock()
  readonly #programs = new Map() as Counts
  readonly #looks = new Map() as Counts
  #lines = 0
  #empty = 0
  #dated = 0
  #understood = 0
  #undated = 0
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
    this.#splitter.push(bytes)
  }

  end(): ReadReport {
    this.#splitter.end()
    const { forwards, backwards, stepsBack, resolutionMs, kinds } = this.#clock
    return {
      lines: this.#lines,
      empty: this.#empty,
      dated: this.#dated,
      programs: most(this.#programs).map(([{ name, title, seenBy }, { lines }]) => ({ name, title, lines, seenBy })),
      understood: this.#understood,
      undated: this.#undated,
      stranger: this.#stranger,
      looksLike: most(this.#looks).map(([{ title }, { lines }]) => ({ title, lines })),
      stepsBack: backwards > forwards ? [] : stepsBack,
      backwards: backwards > forwards && backwards > 2,
      resolutionMs,
      dates: (['full', 'year-less', 'uptime', 'day'] as const).find(kind => kinds.has(kind)) ?? 'none',
    }
  }

  #line(raw: string): void {
    this.#lines++
    const text = unquoted(raw.includes(ESCAPE) ? raw.replace(COLOURS, '') : raw)
    if (text.charCodeAt(0) <= 32 ? text.trim() === '' : text.length === 0) {
      this.#empty++
      return
    }
    const wrapped = text.charCodeAt(0) === BRACE ? unwrap(text) : undefined
    if (wrapped?.value !== undefined && this.#json(wrapped.value, wrapped.stamp)) return
    const { stamp, dialect, told, text: rest } = this.#peeler.peel(wrapped?.text ?? text, wrapped?.stamp)
    if (stamp) this.#dated++
    if (dialect && told) this.#take(dialect, told, stamp)
    else this.#strange(rest, text)
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
    bump(this.#programs, dialect)
    if (told.length === 0) {
      if (stamp) this.#clock.dateOf(stamp, this.#lines)
      return
    }
    for (let n = 0; n < told.length; n++) {
      const each = told[n] as Told
      const dated = each.ownMs === undefined ? stamp : ownStamp(each.ownMs)
      if (!dated) {
        this.#undated++
        continue
      }
      each.atMs = this.#clock.dateOf(dated, this.#lines)
      each.line = this.#lines
      each.seenBy = dialect.seenBy
      if (each.client === undefined && dialect.oneClient !== undefined) each.client = dialect.oneClient
      this.#sink(each as LogEvent)
    }
  }

  #strange(rest: string, text: string): void {
    const own = [...this.#programs.keys()].find(dialect => dialect.looksLike(rest))
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

/** A line that stands in quotes as a whole, as in a table of CSV or a pasted list. */
function unquoted(text: string): string {
  const code = text.charCodeAt(0)
  if (code !== 34 && code !== 39 && code !== 96) return text
  const mark = text[0] ?? ''
  const trimmed = text.replace(/[,;]?\s{0,8}$/, '')
  return trimmed.length > 1 && trimmed.endsWith(mark) ? trimmed.slice(1, -1).replaceAll(mark + mark, mark) : text
}

const ownStamp = (atMs: number): Stamp => ({ atMs, kind: 'full', resolutionMs: 1, end: 0, local: false })

type Counts = Map<Dialect, { lines: number }>

function bump(counts: Counts, dialect: Dialect): void {
  const counter = counts.get(dialect)
  if (counter) counter.lines++
  else counts.set(dialect, { lines: 1 })
}

const most = (counts: Counts) => [...counts].toSorted((a, b) => b[1].lines - a[1].lines)

/** What a log is and how much of it was understood, in a line or a few. */
export function readText({
  lines,
  empty,
  programs,
  understood,
  undated,
  stranger,
  looksLike,
  stepsBack,
}: ReadReport): readonly string[] {
  const all = lines - empty
  const named = programs.map(({ title }) => title).join(' and ')
  if (programs.length === 0) return [strangeText({ looksLike, stranger, all })]
  const rest =
    understood < all
      ? `; ${understood} of ${all} lines were understood${stranger ? `; line ${stranger.line} was not: ${stranger.text}` : ''}`
      : all === 1
        ? '; its one line was understood'
        : `; all ${all} lines were understood`
  const steps = stepsBack.slice(0, 3).map(({ line, byMs }) => `line ${line} by ${Math.round(byMs / 1000)} s`)
  return [
    `A log of ${named}${rest}.`,
    ...(undated > 0 ? [`${undated} of them have no date that can be read, and were left out.`] : []),
    ...(steps.length > 0
      ? [`Dates go back at ${steps.join(', ')}: a clock that was set, or files joined in another order.`]
      : []),
  ]
}

function strangeText({
  looksLike,
  stranger,
  all,
}: {
  looksLike: ReadReport['looksLike']
  stranger: ReadReport['stranger']
  all: number
}): string {
  const like = looksLike[0]
  // Of a file that is no log at all nothing is shown: it may be anything.
  return like
    ? `these look like lines of ${like.title}, but 0 of ${all} were understood.${stranger ? ` Line ${stranger.line} is: ${stranger.text}` : ''}`
    : `none of ${all} lines is in the words of a broker or client that halfopen knows, the first of them line ${stranger?.line ?? 1}.`
}

/** Why a log can't be used, in words that stand behind its name; `undefined` where it can. */
export function unusable(report: ReadReport, known: readonly string[]): string | undefined {
  const { lines, empty, programs, backwards, understood, undated } = report
  if (lines - empty === 0) return 'it is empty'
  if (programs.length === 0) return `${readText(report)[0]}\n  Words that are known: ${known.join(', ')}`
  if (backwards) return 'its newest line stands first; turn it round: tac FILE | halfopen repro --from-log -'
  if (undated > 0 && undated >= understood)
    return `these are lines of ${programs[0]?.title}, but they have no date that can be read (log_timestamp false?), so that nothing can be counted. Let mosquitto write dates (log_timestamp true), or take them from where the log came: journalctl -o short-iso, docker logs -t, kubectl logs --timestamps`
  return undefined
}
