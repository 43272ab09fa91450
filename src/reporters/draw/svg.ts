import { forMarkup as escaped } from '../../text/harmless.ts'

/** A piece of a drawing: what it shows and the room that it takes, in pixels. */
export interface Drawing {
  readonly width: number
  readonly height: number
  /** SVG elements, placed at 0,0. */
  readonly content: string
}

export const FONT = 'system-ui, "DejaVu Sans", Helvetica, Arial, sans-serif'

export interface TextStyle {
  readonly size?: number
  readonly weight?: 'normal' | 'bold'
  readonly fill?: string
}

export const textAt = (
  x: number,
  y: number,
  text: string,
  { size = 12, weight = 'normal', fill = '#000' }: TextStyle = {},
): string =>
  `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(text)}</text>`

/** Lines of text, one under the other. */
export function paragraph(lines: readonly string[], style: TextStyle = {}): Drawing {
  const lineHeight = (style.size ?? 12) * 1.4
  const content = lines.map((line, i) => textAt(0, Math.round((i + 0.8) * lineHeight), line, style)).join('')
  return { width: 0, height: Math.ceil(lines.length * lineHeight), content }
}

const at = (x: number, y: number, { content }: Drawing): string => `<g transform="translate(${x} ${y})">${content}</g>`

/** One under the other. */
export function stack(drawings: readonly Drawing[], gap: number): Drawing {
  let height = 0
  let content = ''
  for (const drawing of drawings) {
    content += at(0, height, drawing)
    height += drawing.height + gap
  }
  return { width: Math.max(0, ...drawings.map(({ width }) => width)), height: Math.max(0, height - gap), content }
}

/** Side by side, as many as fit, then the next row. */
export function tile(drawings: readonly Drawing[], columns: number, gap: number): Drawing {
  const rows = Array.from({ length: Math.ceil(drawings.length / columns) }, (_, row) => {
    let x = 0
    const own = drawings.slice(row * columns, (row + 1) * columns).map(drawing => {
      const placed = at(x, 0, drawing)
      x += drawing.width + gap
      return { placed, height: drawing.height }
    })
    return {
      width: x - gap,
      height: Math.max(...own.map(({ height }) => height)),
      content: own.map(({ placed }) => placed).join(''),
    }
  })
  return stack(rows, gap)
}

/** The whole file, on white, so that it prints. */
export function document({ width, height, content }: Drawing, margin = 20): string {
  const [w, h] = [Math.ceil(width + 2 * margin), Math.ceil(height + 2 * margin)]
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family='${FONT}'>` +
    `<rect width="100%" height="100%" fill="#fff"/><g transform="translate(${margin} ${margin})">${content}</g></svg>\n`
  )
}
