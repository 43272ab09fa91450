import { chmod, readFile, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { browserHere } from '../../src/commands/judge/show.ts'
import { FAILS, project } from './halfopen.ts'

describe('show', () => {
  test('makes the page of the last run and opens it, once it is asked for by a browser', async () => {
    await using home = await project({
      'scenarios/a.yaml': FAILS,
      'browser.sh': '#!/bin/sh\necho "$1" > opened.tmp && mv opened.tmp opened\n',
    })
    await chmod(join(home.dir, 'browser.sh'), 0o755)
    expect((await home.run(['run'])).exitCode).toBe(4)
    const printed = await home.run(['show', '--print'])
    expect(printed.exitCode).toBe(0)
    expect(await realpath(printed.stdout)).toBe(await realpath(join(home.dir, '.halfopen/latest/run.html')))
    expect(await readFile(printed.stdout, 'utf8')).toContain('a silent client stays connected')
    const shown = await home.run(['show'], { BROWSER: join(home.dir, 'browser.sh') })
    expect(shown.exitCode).toBe(0)
    const opened = () => readFile(join(home.dir, 'opened'), 'utf8').catch(() => '')
    await expect.poll(opened, { timeout: 20_000 }).toBe(`${pathToFileURL(shown.stdout).href}\n`)
    await rm(join(home.dir, '.halfopen'), { recursive: true })
    const none = await home.run(['show'])
    expect(none.stderr).toBe('error: no run is kept in .halfopen/; halfopen run keeps one')
    expect(none.exitCode).toBe(1)
  })

  test('opens nothing where nobody would see it', () => {
    expect(browserHere({ CI: 'true', BROWSER: 'firefox' }, 'linux')).toBeUndefined()
    expect(browserHere({}, 'linux')).toBeUndefined()
    expect(browserHere({ BROWSER: 'firefox' }, 'linux')).toEqual(['firefox'])
    expect(browserHere({}, 'darwin')).toEqual(['open'])
  })
})
