/**
 * Months as programs write them in the language of their system: journald and syslog by strftime's %b (`ott`, `déc.`, `Mär`), Java's
 * loggers likewise. Names come from Node's own ICU; what two languages mean differently is taken for none.
 */
const ENGLISH = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const LOCALES = 'en de fr es it pt nl sv da nb pl cs sk hu ro ru uk bg tr el ca'.split(' ')

let others: ReadonlyMap<string, number> | undefined

/** From 1; 0 where it is none. */
export function monthOf(word: string): number {
  const east = /^(\d{1,2})月$/.exec(word)
  if (east) return Number(east[1])
  const english = word.length === 3 ? ENGLISH.indexOf(word.toLowerCase()) + 1 : 0
  if (english > 0) return english
  others ??= namesOf(LOCALES)
  return others.get(plainly(word)) ?? 0
}

const plainly = (word: string): string =>
  word
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^\p{L}]/gu, '')

/** Short names, long ones, and the first three letters of these, as glibc has them. */
function namesOf(locales: readonly string[]): ReadonlyMap<string, number> {
  const months = new Map<string, number>()
  const note = (name: string, month: number) => {
    const known = months.get(name)
    months.set(name, known === undefined || known === month ? month : 0)
  }
  for (const locale of locales) {
    const words = (['short', 'long'] as const).flatMap(style => {
      const format = new Intl.DateTimeFormat(locale, { month: style, day: 'numeric', timeZone: 'UTC' })
      return ENGLISH.map((_, index) => {
        const part = format.formatToParts(Date.UTC(2024, index, 15)).find(({ type }) => type === 'month')
        return { name: plainly(part?.value ?? ''), month: index + 1 }
      })
    })
    for (const { name, month } of words) {
      note(name, month)
      const first = name.slice(0, 3)
      // Of one language it means one month, or `jui` would be both juin and juillet.
      if (words.every(other => other.month === month || !other.name.startsWith(first))) note(first, month)
    }
  }
  months.delete('')
  return months
}
