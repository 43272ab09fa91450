import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hashOf, readStamp, writeStamp } from '../../../src/peers/recipes/built.ts'
import type { Recipe } from '../../../src/peers/recipes/recipe.ts'

const root = mkdtempSync(join(tmpdir(), 'halfopen-stamp-'))
afterAll(() => rmSync(root, { recursive: true }))

const recipe: Recipe = { folder: 'one', needs: [], steps: [['make', '{build}']], run: ['{build}/one'] }
const folderOf = (folder: string) => join(root, folder)
const write = (file: string, text: string) => {
  mkdirSync(join(root, file, '..'), { recursive: true })
  writeFileSync(join(root, file), text)
}
const hash = (of: Recipe = recipe) => hashOf(of, folderOf)

describe('the hash of a recipe', () => {
  it('changes with its files, their names and its commands, and with nothing else', () => {
    write('one/a.c', 'int a;')
    write('one/below/b.c', 'int b;')
    write('two/c.c', 'int c;')
    const first = hash()
    expect(hash({ ...recipe, needs: [{ program: 'cc', remedy: 'none' }] })).toBe(first)
    expect(hash({ ...recipe, steps: [['make', '-s', '{build}']] })).not.toBe(first)
    expect(hash({ ...recipe, run: ['{build}/two'] })).not.toBe(first)
    expect(hash({ ...recipe, with: ['two'] })).not.toBe(first)
    write('one/node_modules/x.js', '1')
    write('one/target/x.o', '1')
    expect(hash()).toBe(first)
    write('one/below/b.c', 'int bb;')
    const second = hash()
    expect(second).not.toBe(first)
    write('one/below/c.c', '')
    expect(hash()).not.toBe(second)
  })

  it('tells where one file ends and the next begins', () => {
    write('split/a', 'x')
    write('split/b', '')
    const first = hash({ ...recipe, folder: 'split' })
    write('split/a', '')
    write('split/b', 'x')
    expect(hash({ ...recipe, folder: 'split' })).not.toBe(first)
  })
})

describe('the stamp', () => {
  it('is read as it was written', () => {
    writeStamp(root, { hash: 'h', version: '1.2.3' })
    expect(readStamp(root)).toEqual({ hash: 'h', version: '1.2.3' })
  })

  it('is none where there is nothing, or anything else', () => {
    expect(readStamp(join(root, 'nowhere'))).toBeUndefined()
    writeFileSync(join(root, 'one', '.halfopen.json'), '{"hash":1}')
    expect(readStamp(join(root, 'one'))).toBeUndefined()
  })
})
