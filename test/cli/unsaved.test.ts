import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PASSES, project } from './halfopen.ts'

const root = process.getuid?.() === 0 && process.platform === 'linux'

describe.concurrent('evidence or a report that cannot be saved is one message and exit code 3, after the verdict', () => {
  test('for a folder that cannot be made', async () => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, file: 'in the way' })
    const { exitCode, stdout, stderr } = await home.run(['run', '--out', 'file/evidence'])
    expect(stdout).toContain('1 passed')
    expect(stderr).toMatch(/^halfopen: evidence can't be saved in \S+\/file\/evidence: not a directory \(ENOTDIR\)$/)
    expect(exitCode).toBe(3)
  })

  test.each(['--json', '--junit'])('for a report with %s', async option => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, file: 'in the way' })
    const { exitCode, stdout, stderr } = await home.run(['run', option, 'file/report'])
    expect(stdout).toContain('1 passed')
    expect(stderr).toMatch(/^halfopen: the report can't be written to \S+report: not a directory \(ENOTDIR\)$/)
    expect(exitCode).toBe(3)
  })

  // Root is not kept out by permissions, but by a read-only mount; and a disk of one's own takes root.
  test.skipIf(!root).each([
    ['a full disk', 'no space left on device (ENOSPC)', ['size=1m']],
    ['a read-only disk', 'read-only file system (EROFS)', ['size=1m', 'ro']],
  ])('for %s', async (_, words, options) => {
    await using home = await project({ 'scenarios/a.yaml': PASSES, 'scenarios/b.yaml': PASSES })
    const disk = join(home.dir, 'disk')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', disk])
    try {
      await writeFile(join(disk, 'ballast'), Buffer.alloc(2 << 20)).catch(() => undefined)
      const { exitCode, stdout, stderr } = await home.run(['run', '--out', 'disk/evidence'])
      expect(stdout).toContain('2 passed')
      expect(stderr).toBe(`halfopen: evidence can't be saved in ${disk}/evidence: ${words}`)
      expect(exitCode).toBe(3)
    } finally {
      execFileSync('umount', [disk])
    }
  })
})
