import type { Beat } from '../model/verdict.ts'
import { cut } from '../text/layout.ts'

/** Columns of the client, the way and the broker; with the date they are at most 80. */
const [SIDE, WAY] = [23, 24] as const

/** What is left of 80. */
const BROKER = 19

/** What happened, a line for each beat: who sent what, and how far it got. At most 80 columns and 20 lines. */
export function sequenceText(beats: readonly Beat[]): string[] {
  if (beats.length === 0) return []
  const head = `${''.padStart(10)}  ${'client'.padEnd(SIDE)}${middle('link')}  broker`
  return [head, ...beats.map(line)]
}

function line(beat: Beat): string {
  const { atMs, from, reach, times, text } = beat
  const date = `${(atMs / 1000).toFixed(3)} s`.padStart(10)
  if (from === 'note') return `${date}  -- ${cut(text, 64)}`
  const words = cut(times > 1 ? `${text} x${times}` : text, from === 'client' ? SIDE - 1 : BROKER)
  const [left, right] = from === 'client' ? [words, ''] : ['', words]
  return `${date}  ${left.padEnd(SIDE)}${way(beat, reach)}  ${right}`.trimEnd()
}

function way({ from, heldMs }: Beat, reach: Beat['reach']): string {
  if (reach === 'own') return ''.padEnd(WAY)
  if (reach === 'answered') return `<${'-'.repeat(WAY - 2)}>`
  const half = '-'.repeat(WAY / 2 - 1)
  if (reach === 'dead') return from === 'client' ? `${half}X`.padEnd(WAY) : `X${half}`.padStart(WAY)
  const told = heldMs === undefined ? '' : ` held ${(heldMs / 1000).toFixed(2)} s `
  const dashes = told.padStart(Math.ceil((WAY - 1 + told.length) / 2), '-').padEnd(WAY - 1, '-')
  return from === 'client' ? `${dashes}>` : `<${dashes}`
}

const middle = (text: string): string => text.padStart((WAY + text.length) / 2).padEnd(WAY)

/** The same as a diagram that GitHub draws. */
export function sequenceMermaid(beats: readonly Beat[]): string {
  const lines = beats.map(beat => {
    const { from, reach, times, atMs } = beat
    const count = times > 1 ? ` x${times}` : ''
    const words = `${(atMs / 1000).toFixed(2)} s ${plain(beat.text)}${count}`
    const [source, target] = from === 'broker' ? ['B', 'C'] : ['C', 'B']
    if (from === 'note') return `Note over C,B: ${words}`
    if (reach === 'own') return `Note ${from === 'client' ? 'left' : 'right'} of ${source}: ${words}`
    if (reach === 'dead') return `${source}-x L: ${words}`
    const held = beat.heldMs === undefined ? '' : `, held ${(beat.heldMs / 1000).toFixed(2)} s`
    return `${source}${reach === 'answered' ? '<<->>' : '->>'}${target}: ${words}${held}`
  })
  return ['sequenceDiagram', 'participant C as client', 'participant L as link', 'participant B as broker', ...lines]
    .map((text, number) => (number === 0 ? text : `  ${text}`))
    .join('\n')
}

/** `;` and `#` end a message, or begin an entity. */
const plain = (text: string): string => text.replace(/[;#]/g, ' ')
