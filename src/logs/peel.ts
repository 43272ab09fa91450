import type { Dialect, Told } from './dialect.ts'
import { type Stamp, stampAt } from './stamp.ts'

/** How one line was taken apart: `-1` is a date, any other number a row of PIECES. */
type Plan = readonly number[]

const STAMP = -1
const DEEPEST = 10
const MOST_STEPS = 400

interface Known {
  readonly plan: Plan
  readonly dialect: Dialect
}

/** A line in its parts. */
interface Peeled {
  readonly stamp: Stamp | undefined
  /** What stands behind all that was taken off. */
  readonly text: string
  readonly dialect: Dialect | undefined
  readonly told: readonly Told[] | undefined
}

const KIND_RANK = { full: 3, 'year-less': 2, uptime: 1, day: 0 } as const

/** Of two dates in a line the fuller one counts, and of equals the inner one, which the program itself wrote. */
const better = (outer: Stamp | undefined, inner: Stamp): Stamp =>
  outer && KIND_RANK[outer.kind] > KIND_RANK[inner.kind] ? outer : inner

/**
 * Takes off what stands before the words of a program, whatever it is and however deep. The way that led to words that are
 * known is kept and tried first on the next line, so that a log of one form costs one attempt a line.
 */
export class Peeler {
  readonly #dialects: readonly Dialect[]
  /** The latest first. */
  #plans: Known[] = []
  #inVain = 0

  constructor(dialects: readonly Dialect[]) {
    this.#dialects = dialects
  }

  /** `outer`: a date that was taken off already. */
  peel(text: string, outer?: Stamp): Peeled {
    let dated: Peeled | undefined
    for (let n = 0; n < this.#plans.length; n++) {
      const { plan, dialect } = this.#plans[n] as Known
      const rest = follow(text, plan, outer)
      if (!rest) continue
      const told = dialect.read(rest.text)
      if (told) {
        if (n > 0) this.#plans.unshift(...this.#plans.splice(n, 1))
        return { stamp: rest.stamp, text: rest.text, dialect, told }
      }
      dated ??= { stamp: rest.stamp, text: rest.text, dialect: undefined, told: undefined }
      // A line of the same program that says nothing of a connection.
      if (dialect.looksLike(rest.text) || dialect.besides?.(rest.text)) return dated
    }
    return (
      this.#search(text, outer) ??
      (dated?.stamp ? dated : { stamp: outer ?? firstStamp(text), text, dialect: undefined, told: undefined })
    )
  }

  #search(text: string, outer: Stamp | undefined): Peeled | undefined {
    // Lines that nobody knows are not searched through and through for ever: every 16th tells whether the form has changed.
    if (this.#inVain > MOST_IN_VAIN && this.#inVain++ % 16 !== 0) return undefined
    const search = new Search(this.#dialects, text)
    const found = search.from(0, outer, []) ?? search.undated
    if (!found) {
      this.#inVain++
      return undefined
    }
    if (found.stamp) this.#plans = [{ plan: found.plan, dialect: found.dialect }, ...this.#plans].slice(0, MOST_PLANS)
    return found
  }
}

const MOST_IN_VAIN = 20_000
const MOST_PLANS = 6

function follow(
  text: string,
  plan: Plan,
  outer: Stamp | undefined,
): { stamp: Stamp | undefined; text: string } | undefined {
  let from = 0
  let stamp = outer
  for (const step of plan) {
    if (step === STAMP) {
      const found = stampAt(text, from)
      if (!found) return undefined
      stamp = better(stamp, found)
      from = found.end
    } else {
      const to = PIECES[step]?.(text, from)
      if (to === undefined) return undefined
      from = to
    }
  }
  return { stamp, text: text.slice(from) }
}

interface Found extends Peeled {
  readonly plan: Plan
  readonly dialect: Dialect
}

class Search {
  readonly #dialects: readonly Dialect[]
  readonly #text: string
  readonly #tried = new Set<number>()
  #steps = 0
  /** Words that are known, with no date before them: the last resort. */
  undated: Found | undefined

  constructor(dialects: readonly Dialect[], text: string) {
    this.#dialects = dialects
    this.#text = text
  }

  /** Depth first; a place that led nowhere with a date is not tried again. */
  from(place: number, stamp: Stamp | undefined, plan: Plan): Found | undefined {
    const key = place * 2 + (stamp ? 1 : 0)
    if (this.#tried.has(key) || plan.length > DEEPEST || this.#steps++ > MOST_STEPS || place >= this.#text.length)
      return undefined
    this.#tried.add(key)
    const inner = stampAt(this.#text, place)
    if (inner) {
      const found = this.from(inner.end, better(stamp, inner), [...plan, STAMP])
      if (found) return found
    }
    const rest = this.#text.slice(place)
    for (const dialect of this.#dialects) {
      const told = dialect.read(rest)
      if (told && (stamp || told.some(({ ownMs }) => ownMs !== undefined)))
        return { stamp, text: rest, dialect, told, plan }
      if (told) this.undated ??= { stamp, text: rest, dialect, told, plan }
    }
    for (const [row, piece] of PIECES.entries()) {
      const to = piece(this.#text, place)
      const found = to === undefined ? undefined : this.from(to, stamp, [...plan, row])
      if (found) return found
    }
    return undefined
  }
}

/** A date in the first signs of a line that nothing else is known of. */
export function firstStamp(text: string): Stamp | undefined {
  const most = Math.min(text.length, 80)
  for (let place = 0; place < most; place++) {
    const before = place === 0 ? 32 : text.charCodeAt(place - 1)
    // Only where a word begins.
    if ((before >= 48 && before <= 57) || (before >= 65 && before <= 122 && before !== 91)) continue
    const stamp = stampAt(text, place)
    if (stamp) return stamp
  }
  return undefined
}

/**
 * What stands before a line of a log because of the way it came: supervisors, containers, tools. A row takes one such
 * piece; pieces may stand in any order, several deep. Sources: docker compose (`name  | `), kubectl logs --prefix
 * (`[pod/name/container] `), the CRI log format (`stdout F `), systemd journalctl(1) and RFC 3164 (`host tag[pid]: `),
 * RFC 5424 (`<30>1 date host app pid - - `), grep -n and -H, mosquitto_sub -v on $SYS/broker/log/#, quoting in mails.
 */
type Piece = (text: string, from: number) => number | undefined

const take =
  (pattern: RegExp): Piece =>
  (text, from) => {
    pattern.lastIndex = from
    const found = pattern.exec(text)
    return found && found[0].length > 0 ? from + found[0].length : undefined
  }

/** The order is that in which they are tried. */
const PIECES: readonly Piece[] = [
  // Between a date and its text, and around both.
  take(/[\s:,;|>\])}"'`*-]+/y),
  take(/["'`[({]/y),
  // journalctl and syslog: `hub mosquitto[811]: `, `mosquitto.mosquitto[812]: `, `hub docker/abc[9]: `
  take(/(?:[\w.@:-]+ )?[\w./@-]+\[\d+\]: ?/y),
  take(/[\w.@-]+ [\w./@-]+: (?=\S)/y),
  // Fly.io and Heroku: `app[148ed193] fra [info]`, `app[web.1]: `
  take(/[\w.-]+\[[\w.-]{1,40}\]:? ?/y),
  // The labels of Loki's logcli: `{app="mosquitto", pod="mosquitto-0"} `
  take(/\{(?:[\w.]+="[^"{}]{0,200}",? ?){1,20}\} ?/y),
  // A cell of a table in CSV or TSV
  take(/[\w./:@-][\w./:@ -]{0,80}["']?[,;\t]["']?/y),
  // `DEBUG:` and `mqtt:` of Python's logging with colons between its fields
  take(/[\w.-]{1,40}:(?=\S)/y),
  // docker compose, docker stack, stern
  take(/[\w./-]+ *\| ?/y),
  take(/\[[\w./: -]{1,120}\] ?/y),
  take(/(?:Zigbee2MQTT|zigbee2mqtt):\w+ +/y),
  // RFC 5424, and the priority of RFC 3164
  take(/<\d{1,3}>(?:1 )?/y),
  take(/[\w.-]+ [\w./-]+ (?:\d+|-) \S+ (?:-|\[[^\]]*\]) /y),
  take(/(?:stdout|stderr) [FP] /y),
  // $SYS/broker/log/N of mosquitto_sub -v
  take(/\$SYS\/broker\/log\/\S+ /y),
  // grep -n, grep -H, `Zeile  159:` and `Line 159:` of editors
  take(/(?:[A-Z][a-z]+ +)?\d{1,9}[:-](?=.)/y),
  take(/[\w./~-]+\.(?:log|txt|gz|out)(?:\.\d+)?[:-]/y),
  // ioBroker: `mqtt.0 (23999) `
  take(/\(\d+\) /y),
  // logrus, logfmt: `time="..." level=info msg="`
  take(/\w+=(?:\w+ )?/y),
  // Android: `I/GoLog   ( 3674): `, `3674  3690 I GoLog: `
  take(/[VDIWEF]\/[\w.-]+ *\( *\d+\): /y),
  take(/[\w.@/+:-]+[ \t]+/y),
]
