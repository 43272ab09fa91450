import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, makeFolderSync } from '../../src/text/write-files.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'halfopen-folder-'))
  writeFileSync(join(home, 'file'), '')
})
afterAll(() => rmSync(home, { recursive: true }))

const WAYS: readonly [name: string, make: (path: string) => Promise<void>][] = [
  ['waiting', makeFolder],
  ['at once', async path => makeFolderSync(path)],
]

describe.each(WAYS)('a folder is made %s', (name, make) => {
  test('with all that is missing above it, also by two at the same time, and where it is there', async () => {
    const path = join(home, name, 'a/b/c')
    await Promise.all([make(path), make(path), make(join(path, 'd'))])
    await make(path)
    expect(statSync(join(path, 'd')).isDirectory()).toBe(true)
  })

  test('not over a file nor below one', async () => {
    await expect(make(join(home, 'file'))).rejects.toThrow(/^ENOTDIR: not a directory, mkdir '.*file'$/)
    await expect(make(join(home, 'file/a/b'))).rejects.toThrow(/^ENOTDIR: not a directory, mkdir/)
  })

  // With Node's own way this would never end.
  test.skipIf(process.platform !== 'linux').each(['/proc/1/x', '/proc/self/fd/x/y', '/proc/4194999/x'])(
    'not at %s, where the file system makes none',
    async path => {
      await expect(make(path)).rejects.toThrow(/^ENOENT: no folder can be made there, mkdir '\/proc/)
    },
  )
})
