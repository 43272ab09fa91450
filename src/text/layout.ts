import { dirname, relative, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** Columns that a text takes; colours take none. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length

export const indent = (text: string, columns: number): string => text.replace(/^(?=.)/gm, ' '.repeat(columns))

/** Puts pieces that may not be broken on as few lines as fit into `width`. */
export function flow(pieces: readonly string[], width: number, gap = ' '): string[] {
  const lines: string[] = []
  for (const piece of pieces) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + gap.length + widthOf(piece) <= width)
      lines[lines.length - 1] = last + gap + piece
    else lines.push(piece)
  }
  return lines
}

/** Breaks a text at spaces; a word longer than `width` (a path) stays whole, so that it can be copied. */
export const wrap = (text: string, width: number): string[] =>
  text.split('\n').flatMap(line =>
    flow(
      line.split(' ').filter(word => word !== ''),
      width,
    ),
  )

/** `text` wrapped behind `lead`, its further lines under its first one. */
export function hang(lead: string, text: string, width: number): string {
  const columns = widthOf(lead)
  return lead + indent(wrap(text, width - columns).join('\n'), columns).trimStart()
}

/** A frame of code has its own width. */
const FRAME = /^(?:>\s*)?(?:\d+ )?\|/
/** A command is to be copied. */
const COMMAND = /^(?:curl|docker|halfopen|journalctl|npm|npx|source)\b/
const GAP = /\S {2,}(?=\S)/

/** Up to the second column of a line that has two; else nothing. */
function firstColumn(line: string): string {
  const gap = GAP.exec(line)
  return gap ? line.slice(0, gap.index + gap[0].length) : ''
}

function stays(line: string): boolean {
  const text = line.trimStart()
  if (FRAME.test(text)) return true
  const [command] = COMMAND.exec(text) ?? []
  return command !== undefined && text.length < line.length && firstColumn(text.slice(command.length)) === ''
}

/** Lines that are too long go on below: under their second column where they have one, else a little further in than they began. */
export const folded = (text: string, width: number): string =>
  text
    .split('\n')
    .map(line => (widthOf(line) <= width || stays(line) ? line : foldedLine(line, width)))
    .join('\n')

function foldedLine(line: string, width: number): string {
  const column = firstColumn(line)
  if (column !== '' && widthOf(column) <= width * 0.6) return hang(column, line.slice(column.length), width)
  const [margin = ''] = /^\s*/.exec(line) ?? []
  const [first = '', ...others] = wrap(line.trim(), Math.max(width - margin.length - 2, 1))
  return [`${margin}${first}`, ...others.map(other => `${margin}  ${other}`)].join('\n')
}

/** Cuts what must stay on one line. */
export function cut(text: string, width: number): string {
  return widthOf(text) <= width
    ? text
    : `${[...text]
        .slice(0, Math.max(width - 1, 0))
        .join('')
        .trimEnd()}…`
}

/** As short as it can be opened from `cwd`. */
export function shortPath(path: string, cwd: string): string {
  const absolute = resolve(cwd, path)
  const near = relative(cwd, absolute)
  return near.startsWith('..') && near.length >= absolute.length ? absolute : near || '.'
}

/** The folder of a file as a heading. */
export function folderName(file: string, cwd: string): string {
  const folder = shortPath(dirname(file), cwd)
  return folder === '.' ? 'this folder' : folder
}

/** Borders of plain characters, for tables that go anywhere. */
export const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '-',
  'mid-mid': ' ',
  right: '',
  'right-mid': '',
  middle: ' ',
}
