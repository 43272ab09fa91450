/** Keeps paths short enough to be copied from a terminal. */
const LONGEST = 80

/** A name for a file or a link, from words. */
export function slugOf(words: string): string {
  const slug = words
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, LONGEST)
    .replace(/^-|-$/g, '')
  return slug.toLowerCase() || 'scenario'
}

/** Gives each name once: `slug`, `slug-2`, `slug-3`. */
export function onlyOnce(): (name: string) => string {
  const taken = new Set<string>()
  return name => {
    let free = name
    for (let n = 2; taken.has(free); n++) free = `${name}-${n}`
    taken.add(free)
    return free
  }
}
