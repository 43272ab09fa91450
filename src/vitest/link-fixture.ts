import { test } from 'vitest'
import { type HalfopenLink, type LinkToOptions, startLink } from '../start-link.ts'

/**
 * A vitest `test` with a fixture: each test gets a `link` of its own before the service, which is gone when it ends.
 *
 *     const test = linkTest({ upstream: '127.0.0.1:5432' })
 *     test('our pool notices', async ({ link }) => { ... })
 */
export const linkTest = (options: LinkToOptions) =>
  test.extend<{ link: HalfopenLink }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads off the pattern which fixtures are asked for.
    link: async ({}, use) => {
      await using link = await startLink(options)
      await use(link)
    },
  })
