import type { News } from '../watchers.ts'

/** One piece of evidence in a line of a broker's log. */
export interface LogNews extends News {
  readonly clientId: string
}

/** The same note under each name; a client that nobody named is nobody's. */
export const news = (
  clientId: string | undefined,
  whats: readonly News['what'][],
  note?: string,
): readonly LogNews[] =>
  clientId === undefined ? [] : whats.map(what => ({ clientId, what, ...(note === undefined ? {} : { note }) }))
