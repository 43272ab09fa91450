import type { ReadReport } from './reader.ts'

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
      ? `; ${understood} of ${all} lines were understood${stranger ? `; line ${stranger.line} was not: ${stranger.text.replace(/\.$/, '')}` : ''}`
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
  // Of a file that is no log at all nothing is shown: it may be anything. An object is of a program's making, and may hold its secrets.
  const shown = stranger && !stranger.text.startsWith('{') ? ` Line ${stranger.line} is: ${stranger.text}` : ''
  return like
    ? `these look like lines of ${like.title}, but 0 of ${all} were understood.${shown}${like.packets === undefined ? '' : `\n  What it logs of connections and packets: ${like.packets}`}`
    : `none of ${all} lines is in the words of a broker or client that halfopen knows, the first of them line ${stranger?.line ?? 1}.`
}

/** Why a log can't be used, in words that stand behind its name; `undefined` where it can. */
export function unusable(report: ReadReport, known: readonly string[]): string | undefined {
  const { lines, empty, programs, backwards, events, undated } = report
  if (lines - empty === 0) return 'it is empty'
  if (programs.length === 0) return `${readText(report)[0]}\n  Words that are known: ${known.join(', ')}`
  if (backwards) return 'its newest line stands first; turn it round: tac FILE | halfopen repro --from-log -'
  if (undated > 0 && events === 0) {
    const [program] = programs.toSorted((a, b) => b.undated - a.undated)
    return `these are lines of ${program?.title}, but they have no date that can be read, so that nothing can be counted. ${program?.dates === undefined ? 'Dates' : `${program.dates}. Or they`} can be taken from where the log came: journalctl -o short-iso, docker logs -t, kubectl logs --timestamps`
  }
  return undefined
}

/** Where the packets of a log that has none can be had: as the program does it whose log it is. */
export function packetsLog({ programs }: Pick<ReadReport, 'programs'>): string {
  const [program] = programs
  if (!program) return 'a log with packets'
  return program.packets === undefined
    ? 'a capture of the packets (halfopen repro --from-pcap FILE)'
    : `a log with packets (${program.title}: ${program.packets})`
}
