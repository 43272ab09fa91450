const QUOTE = 34

/** A line that stands in quotes as a whole, as in a table of CSV or a pasted list. */
export function unquoted(text: string): string {
  const code = text.charCodeAt(0)
  if (code !== 34 && code !== 39 && code !== 96)
    return text.charCodeAt(text.length - 1) === QUOTE ? withoutLastQuotes(text) : text
  const mark = text[0] ?? ''
  const trimmed = text.replace(/[,;]?\s{0,8}$/, '')
  return trimmed.length > 1 && trimmed.endsWith(mark) ? trimmed.slice(1, -1).replaceAll(mark + mark, mark) : text
}

/** The last cell of a table, where that alone stands in quotes. */
function withoutLastQuotes(text: string): string {
  const cell = /[,;\t]"((?:[^"]|""){1,2000})"$/.exec(text)
  return cell ? text.slice(0, cell.index + 1) + (cell[1] ?? '').replaceAll('""', '"') : text
}
