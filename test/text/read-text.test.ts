import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readText, readTextSync, SMALL_BYTES } from '../../src/text/read-text.ts'

let dir: string
const server = createServer()
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halfopen-read-'))
  execFileSync('mkfifo', [join(dir, 'fifo')])
  await writeFile(join(dir, 'text'), 'grüße\n')
  await writeFile(join(dir, 'large'), '')
  await truncate(join(dir, 'large'), 2 ** 40)
  await writeFile(join(dir, 'full'), 'x'.repeat(SMALL_BYTES))
  await symlink('/dev/zero', join(dir, 'link'))
  await symlink('circle', join(dir, 'circle'))
  await new Promise<void>(resolve => server.listen(join(dir, 'socket'), resolve))
})
afterAll(async () => {
  server.close()
  await rm(dir, { recursive: true })
})

const REFUSED: readonly [name: string, path: () => string, why: string][] = [
  ['a FIFO', () => join(dir, 'fifo'), 'it is a FIFO, and only regular files are read'],
  ['a device', () => '/dev/zero', 'it is a device, and only regular files are read'],
  ['a link to one', () => join(dir, 'link'), 'it is a device, and only regular files are read'],
  ['a terminal', () => '/dev/tty', 'it is a device, and only regular files are read'],
  ['a socket', () => join(dir, 'socket'), 'it is a socket, and only regular files are read'],
  ['a directory', () => dir, 'it is a directory, and only regular files are read'],
  ['a terabyte', () => join(dir, 'large'), 'it is larger than 1 MB'],
  ['a link in a circle', () => join(dir, 'circle'), 'its links lead in a circle'],
  ['nothing', () => join(dir, 'none'), 'there is no such file'],
  ['what lies in no folder', () => join(dir, 'text/none'), 'there is no such file'],
  // It says that it has 0 bytes.
  ['a file of /proc without an end', () => '/proc/self/pagemap', 'it is larger than 1 MB'],
]

describe('only regular files of a sane size are read', () => {
  test('such a file is, up to its limit', async () => {
    expect(await readText(join(dir, 'text'))).toBe('grüße\n')
    expect(readTextSync(join(dir, 'text'))).toBe('grüße\n')
    expect((await readText(join(dir, 'full'))).length).toBe(SMALL_BYTES)
    expect(await readText(join(dir, 'text'), { encoding: 'latin1' })).toBe('grÃ¼Ã\u009fe\n')
    await expect(readText(join(dir, 'full'), { mostBytes: SMALL_BYTES - 1 })).rejects.toThrow('it is larger than')
  })

  test.each(REFUSED)('%s is not', async (name, path, why) => {
    if (name === 'a file of /proc without an end' && process.platform !== 'linux') return
    await expect(readText(path())).rejects.toThrow(why)
    expect(() => readTextSync(path())).toThrow(why)
  })
})
