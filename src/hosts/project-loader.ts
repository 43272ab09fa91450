import { fileURLToPath } from 'node:url'
import { createJiti, type Jiti } from 'jiti'
import { built } from '../model/package.ts'

/** The tests run the sources, which Node reads only once they are built. */
const own = (url: URL): string => fileURLToPath(built(url.href))

/**
 * Loads a project's own modules, TypeScript too. `halfopen` means this very copy, so that they also load where it is not installed
 * (`npx halfopen run`).
 */
export const projectLoader = (folder: string): Jiti =>
  createJiti(folder.replace(/\/?$/, '/'), {
    fsCache: false,
    interopDefault: false,
    alias: {
      halfopen: own(new URL('../index.ts', import.meta.url)),
      'halfopen/vitest': own(new URL('../vitest/index.ts', import.meta.url)),
    },
  })
