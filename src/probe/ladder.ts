/**
 * Which silences are tried. All at once and not one after another: it takes as long as the longest, and what drifts on the path
 * drifts for all. Just below and above the values that boxes come with (facts of middleboxes: 60, 150, 180, 240, 300, 350, 600,
 * 900, 1200, 1800, 3600 and 7200 s), and close together where nothing is known.
 */
const RUNGS_S = [
  1, 2, 4, 6, 8, 12, 16, 20, 25, 30, 37, 45, 55, 65, 80, 100, 125, 145, 155, 170, 185, 210, 235, 245, 270, 290, 305,
  340, 360, 420, 500, 590, 610, 740, 890, 910, 1050, 1190, 1210, 1500, 1790, 1810, 2400, 3000, 3590, 3610, 5000, 7190,
  7260, 7450,
]

/** Silences up to `maxMs`, which is always one, at most `most` of them: then the longer ones are kept. */
export function ladder(maxMs: number, most: number): readonly number[] {
  const rungs = [...RUNGS_S.map(s => s * 1000).filter(ms => ms < maxMs), maxMs]
  return rungs.slice(Math.max(0, rungs.length - most))
}

/** How long connections are busy one way: of each time-out up to `maxMs` one lasts 1.15 to 2.2 times as long, for the `most` longest. */
export const oneWayLadder = (maxMs: number, most: number): readonly number[] =>
  Array.from({ length: most }, (_, i) => Math.round(maxMs / 1.8 ** i)).filter(ms => ms >= LEAST_BUSY_MS)

/** Shorter ones say nothing: the packets that keep them busy are half a second apart. */
const LEAST_BUSY_MS = 1500

/** Silences that split what lies between the longest that lived and the shortest that did not; empty where it is narrow. */
export function refinement(aliveMs: number, deadMs: number, most: number): readonly number[] {
  const gapMs = deadMs - aliveMs
  const steps = Math.min(most + 1, Math.ceil(gapMs / FINEST_MS))
  return Array.from({ length: Math.max(0, steps - 1) }, (_, i) => Math.round(aliveMs + ((i + 1) * gapMs) / steps))
}

/** Finer than boxes count. */
const FINEST_MS = 500
