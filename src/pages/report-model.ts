/** What a page that is not about a run is drawn from: plain JSON, made in Node. Texts are plain; the page's script only draws them. */
import type { PageResult, ScenarioPage } from './page-model.ts'

/** How something came out; `note`: worth telling, and neither good nor bad. */
export type Mood = PageResult | 'warning' | 'note'

export interface ReportPage {
  readonly halfopen: string
  /** What kind of page it is, in two or three words. */
  readonly kind: string
  /** The answer in one sentence. */
  readonly answer: string
  readonly result: Mood
  /** What follows the answer in the first screen, each in one sentence. */
  readonly lead: readonly string[]
  readonly blocks: readonly ReportBlock[]
  /** Name and value, in the order in which they are shown: what made the figures. */
  readonly environment: readonly (readonly [string, string])[]
}

export type ReportBlock =
  | { readonly is: 'heading'; readonly level: 2 | 3; readonly text: string; readonly mark?: MarkedText }
  | { readonly is: 'paragraph'; readonly text: string }
  | { readonly is: 'list'; readonly items: readonly (string | MarkedText)[] }
  | { readonly is: 'facts'; readonly facts: readonly (readonly [string, string])[] }
  /** `isFolded`: it is opened by who wants it. `label` is different for each of a page. */
  | { readonly is: 'code'; readonly label: string; readonly text: string; readonly isFolded?: boolean }
  | { readonly is: 'cause'; readonly cause: CauseBlock }
  | { readonly is: 'table'; readonly table: TableBlock }
  | { readonly is: 'maps'; readonly maps: MapsBlock }
  | { readonly is: 'points'; readonly points: PointsBlock }
  | { readonly is: 'spans'; readonly spans: SpansBlock }
  /** What happened, as the page of a run draws it; its timeline lies beside the data, by the slug. */
  | { readonly is: 'timeline'; readonly scenario: ScenarioPage }

/** A status: colour, shape and word. */
export interface MarkedText {
  readonly mood: Mood
  /** Instead of the word that goes with the mood. */
  readonly word?: string
  readonly text: string
}

/** One of several causes that compete, the likeliest first. */
export interface CauseBlock {
  /** 1 for the likeliest, and for all that can't be told apart from it. */
  readonly rank: number
  readonly title: string
  readonly rankWords: string
  readonly bounds: readonly string[]
  readonly pro: readonly string[]
  readonly contra: readonly string[]
  readonly ruledOut?: string
}

export interface TableBlock {
  readonly title: string
  readonly columns: readonly TableColumn[]
  readonly rows: readonly (readonly TableCell[])[]
}

interface TableColumn {
  readonly label: string
  readonly isNumber?: boolean
}

export interface TableCell {
  readonly text: string
  /** What it is sorted by, where that is not its text. */
  readonly sort?: number
  readonly mood?: Mood
  /** Where its text leads: a file beside the page, and a place in it. */
  readonly href?: string
}

/** Heat maps that share axes and colours. */
export interface MapsBlock {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly unit: string
  readonly maps: readonly MapPanel[]
  /** What each shade stands for, from little to much. */
  readonly steps: readonly string[]
  /** What it means that a cell has no figure. */
  readonly none: string
  readonly hasUnplayed: boolean
}

interface MapPanel {
  readonly title: string
  readonly x: readonly [least: number, greatest: number]
  readonly y: readonly [least: number, greatest: number]
  readonly tiles: readonly MapTile[]
  readonly lines: readonly MapLine[]
  readonly xTicks: readonly number[]
  readonly yTicks: readonly number[]
}

export interface MapTile {
  readonly x1: number
  readonly x2: number
  readonly y1: number
  readonly y2: number
  /** Its own place on both axes, between its borders. */
  readonly at: readonly [x: number, y: number]
  /** Number of its shade; -1: it has no figure. */
  readonly step: number
  readonly text: string
  readonly title: string
}

export interface MapLine {
  readonly label: string
  readonly isDashed: boolean
  readonly from: readonly [x: number, y: number]
  readonly to: readonly [x: number, y: number]
}

/** Detections against the keep-alive, in seconds: ranges with their medians, and lines through them. */
export interface PointsBlock {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly PointSeries[]
}

export interface PointSeries {
  readonly label: string
  readonly points: readonly {
    readonly x: number
    readonly least: number
    readonly y: number
    readonly greatest: number
  }[]
  /** y = factor x + offset. */
  readonly line?: { readonly factor: number; readonly offset: number }
}

/** Rows over one axis: dots, and ranges from least to greatest around a middle. */
export interface SpansBlock {
  readonly title: string
  readonly xLabel: string
  /** Behind the numbers of the axis: ` s`, `K`. */
  readonly unit: string
  /** Twice as long is as far everywhere. */
  readonly isLogarithmic?: boolean
  /** What each kind of mark means. */
  readonly kinds: readonly { readonly kind: SpanKind; readonly text: string }[]
  readonly rows: readonly SpanRow[]
  /** Vertical lines that a reader compares with. */
  readonly lines: readonly { readonly at: number; readonly label: string }[]
}

export interface SpanRow {
  readonly label: string
  readonly marks: readonly SpanMark[]
  /** In words, for the table behind the picture. */
  readonly words: string
}

export interface SpanMark {
  readonly at: number
  readonly least?: number
  readonly greatest?: number
  readonly kind: SpanKind
  readonly title: string
}

/** Each has a shape and a colour of its own. */
export type SpanKind = 'client' | 'broker' | 'lived' | 'died'

export const heading = (level: 2 | 3, text: string, mark?: MarkedText): ReportBlock =>
  mark ? { is: 'heading', level, text, mark } : { is: 'heading', level, text }
export const paragraph = (text: string): ReportBlock => ({ is: 'paragraph', text })
export const list = (items: readonly (string | MarkedText)[]): readonly ReportBlock[] =>
  items.length === 0 ? [] : [{ is: 'list', items }]

/** The first sentence for the head of a page, and what follows it. */
export function headAndRest(text: string): readonly [head: string, ...rest: string[]] {
  const [head = '', ...rest] = text.split(/(?<=\.) (?=[A-Z])/)
  return [head.replace(/\.$/, ''), ...rest]
}

/** A timeline without checks; `slug` names what was packed for it. */
export const timelineBlock = (slug: string, name: string, keepaliveMs: number): ReportBlock => ({
  is: 'timeline',
  scenario: {
    slug,
    name,
    folder: '',
    file: '',
    line: 0,
    result: 'pass',
    words: [],
    checks: [],
    durationMs: 0,
    keepaliveMs,
    timeline: true,
  },
})

/** Columns and rows of plain texts; what looks like a number at its beginning sorts as one. */
export function plainTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): ReportBlock {
  const columns = head.map((label, column) => ({
    label: label.replaceAll('\n', ' '),
    ...(isOfNumbers(rows.map(row => row[column] ?? '')) ? { isNumber: true } : {}),
  }))
  return { is: 'table', table: { title, columns, rows: rows.map(row => row.map(figureCell)) } }
}

const isOfNumbers = (texts: readonly string[]): boolean => texts.every(isFigure) && texts.some(text => /\d/.test(text))

/** `12.5 s`, `0/40`, `1.50K`; what stands for a figure that is missing counts too. */
const isFigure = (text: string): boolean => /^[-+]?\d/.test(text) || /^(?:[-?]|never|once|varies|not told)$/.test(text)

function figureCell(text: string): TableCell {
  const number = Number.parseFloat(text)
  const shown = text.replaceAll('\n', ' ')
  return Number.isNaN(number) ? { text: shown } : { text: shown, sort: number }
}
