import type { PageResult } from '../page-model.ts'
import type { Mood } from '../report-model.ts'
import { type Family, RESULT_WORDS } from './page-words.ts'

/** A result has a colour, a shape and a word; the shape is different for each, so that no colour is needed. */
const SHAPES: Readonly<Record<Mood, string>> = {
  warning:
    'M2.500 1h11A1.500 1.500 0 0 1 15 2.500v11a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 1 13.500v-11A1.500 1.500 0 0 1 2.500 1ZM7.100 4v5h1.800V4Zm0 6.200V12h1.800v-1.800Z',
  note: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM7.100 4v1.800h1.800V4Zm0 3v5h1.800V7Z',
  pass: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-1.2 9.9L4 8.1l1.2-1.2 1.6 1.7L10.9 4.6 12 5.8Z',
  fail: 'M8 .5 15.5 8 8 15.5.5 8Zm-.9 3.6v4.6h1.8V4.1Zm0 6v1.8h1.8v-1.8Z',
  inconclusive:
    'M8 1 15.7 14.5H.3Zm-2 6.8h1.5c0-.4.2-.7.6-.7.3 0 .6.2.6.6 0 .7-1.5.8-1.5 2.3h1.5c0-1 1.5-1.100 1.500-2.400C10.200 6.400 9.300 5.800 8.100 5.800 6.900 5.800 6 6.600 6 7.800Zm1.200 3.200v1.500h1.600v-1.500Z',
  unsupported:
    'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.800a5.200 5.200 0 1 1 0 10.400A5.200 5.200 0 0 1 8 2.800ZM4.500 7.200h7v1.600h-7Z',
  skipped:
    'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.800a5.200 5.200 0 1 1 0 10.400A5.200 5.200 0 0 1 8 2.800ZM4.500 7.200h7v1.600h-7Z',
}

export const Sign = ({ result, size = 16 }: { result: Mood; size?: number }) => (
  <svg class={`sign ${result}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
    <path d={SHAPES[result]} fill-rule="evenodd" />
  </svg>
)

export const Status = ({ result, word }: { result: Mood; word?: string | undefined }) => (
  <span class={`status ${result}`}>
    <Sign result={result} />
    {word ?? RESULT_WORDS[result]}
  </span>
)

/** One shape for each family of packets, around 0. */
export const GLYPHS: Readonly<Record<Family, string>> = {
  alive: 'M0-5A5 5 0 1 1 0 5 5 5 0 1 1 0-5Z',
  session: 'M-4.500-4.500H4.500V4.500H-4.500Z',
  message: 'M0-5.500 5.200 4H-5.200Z',
  receipt: 'M0 5.500-5.200-4H5.200Z',
  topic: 'M0-6 5 0 0 6-5 0Z',
  data: 'M-2-5H2V5H-2Z',
}

interface WindowFigures {
  readonly afterMs: number | null
  readonly earliestMs: number | null
  readonly latestMs: number | null
  readonly minusMs: number
  readonly plusMs: number
  readonly result: PageResult
}

const [WIDTH, HEIGHT] = [132, 18]

/** What was allowed as a band, what happened as a mark in it. The words stand beside it. */
export function Bullet({ afterMs, earliestMs, latestMs, minusMs, plusMs, result }: WindowFigures) {
  if (earliestMs === null) return null
  const most = Math.max(latestMs ?? 0, afterMs ?? 0, earliestMs) * 1.15 || 1
  const x = (ms: number) => 6 + Math.min(1, Math.max(0, ms / most)) * (WIDTH - 16)
  const [from, to] = [x(earliestMs), latestMs === null ? WIDTH : x(latestMs)]
  return (
    <svg class="bullet" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path class="bullet-line" d={`M2 9H${WIDTH}`} />
      <rect class="bullet-band" x={from} y={3} width={Math.max(2, to - from)} height={12} rx={2} />
      {afterMs === null ? (
        <path class={`bullet-mark ${result}`} d={`M${WIDTH - 9} 5l7 8m0-8l-7 8`} />
      ) : (
        <>
          <path class={`bullet-doubt ${result}`} d={`M${x(afterMs - minusMs)} 9H${x(afterMs + plusMs)}`} />
          {result === 'pass' ? (
            <circle class={`bullet-dot ${result}`} cx={x(afterMs)} cy={9} r={4} />
          ) : (
            <path class={`bullet-dot ${result}`} d={`M${x(afterMs)} 3.500l5.500 5.500-5.500 5.500-5.500-5.500Z`} />
          )}
        </>
      )}
    </svg>
  )
}
