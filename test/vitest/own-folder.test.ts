import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keepFromGit } from '../../src/vitest/own-folder.ts'

test('the folder of evidence is made, and git is kept away from it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'halfopen-own-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const home = join(dir, 'deep', '.halfopen')
  await keepFromGit(home)
  await keepFromGit(home)
  expect(await readFile(join(home, '.gitignore'), 'utf8')).toBe('*\n')
})
