const ROOT = new URL('..', import.meta.url).href
const BUILT = import.meta.url.endsWith('.ts') ? new URL('../../dist/', import.meta.url).href : ROOT

/**
 * The tests run the sources, and a process of Node 20 reads no TypeScript: it runs what was built of the same file. A module of another
 * package or of a project stays what it is.
 */
export const built = (url: string): string =>
  url.startsWith(ROOT) ? (BUILT + url.slice(ROOT.length)).replace(/\.ts$/, '.js') : url
