import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { availabilityOf, builtCommand, requireBuilt, stateOf, versionOf } from '../../../src/peers/recipes/built.ts'
import { make } from '../../../src/peers/recipes/make.ts'
import { buildFolder, type Command, logFile, type Recipe } from '../../../src/peers/recipes/recipe.ts'
import { isAlive } from '../clients/processes.ts'

const root = mkdtempSync(join(tmpdir(), 'halfopen-make-'))
beforeAll(() => vi.stubEnv('HALFOPEN_PEERS', root))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

const sh = (script: string): Command => ['sh', '-ec', script, 'sh', '{build}']
/** What `--version` asks is the program that the step made. */
const PROGRAM = sh('printf "#!/bin/sh\\necho 1.2.3\\n" > "$1/program"; chmod +x "$1/program"')

/** In an existing folder of sources, made by other commands. */
const recipeOf = (folder: string, steps: readonly Command[], more: Partial<Recipe> = {}): Recipe => ({
  folder,
  needs: [],
  steps,
  run: ['{build}/program'],
  ...more,
})

/** Nothing but what is finished, and logs. */
const left = () => readdirSync(root).filter(name => name.startsWith('.'))

describe('making a peer', () => {
  it('takes its place once it is finished, with its version; and is not made twice', async () => {
    const recipe = recipeOf('nats', [PROGRAM])
    expect(availabilityOf(recipe)).toEqual({
      reason: 'nats is not made on this machine',
      remedy: 'npx halfopen peers nats',
    })
    expect(() => requireBuilt(recipe)).toThrow('nats is not made on this machine (npx halfopen peers nats)')
    expect(await make(recipe)).toEqual({ result: 'made', version: '1.2.3' })
    expect(builtCommand(recipe)).toEqual([join(root, 'nats', 'program')])
    expect(availabilityOf(recipe)).toBe(true)
    expect(availabilityOf(recipe, '9.9.9')).toMatchObject({
      reason: expect.stringMatching(/9\.9\.9 is asked for, and .* is here/),
    })
    expect(versionOf(recipe)).toBe('1.2.3')
    expect(await make(recipe)).toEqual({ result: 'up to date', version: '1.2.3' })
    expect(left()).toEqual([])
  })

  it('is made again where the recipe changed, and not used meanwhile', async () => {
    const recipe = recipeOf('nats', [PROGRAM, sh('echo more > "$1/more"')])
    expect(stateOf(recipe)).toBe('changed')
    expect(builtCommand(recipe)).toBeUndefined()
    expect(availabilityOf(recipe)).toMatchObject({ reason: /other sources/ })
    expect(await make(recipe)).toMatchObject({ result: 'made' })
    expect(existsSync(join(buildFolder(recipe), 'more'))).toBe(true)
  })

  it('that fails leaves nothing but its log, and shows the last lines of that', async () => {
    const recipe = recipeOf('mochi', [
      PROGRAM,
      sh('for i in $(seq 50); do echo "line $i"; done; echo oops >&2; exit 9'),
    ])
    const made = await make(recipe)
    expect(made).toMatchObject({
      result: 'failed',
      log: logFile(recipe),
      reason: expect.stringContaining('exit code 9'),
    })
    if (made.result !== 'failed') throw new Error('it did not fail')
    expect(made.tail.slice(-2)).toEqual(['line 50', 'oops'])
    expect(made.tail.length).toBeLessThan(20)
    expect(readFileSync(logFile(recipe), 'utf8')).toContain('line 1\n')
    expect(stateOf(recipe)).toBe('absent')
    expect(left()).toEqual([])
  })

  it('that fails leaves the one from before in place', async () => {
    const before = recipeOf('nats', [PROGRAM])
    await make(before)
    expect(await make(recipeOf('nats', [sh('exit 1')]))).toMatchObject({ result: 'failed' })
    expect(stateOf(before)).toBe('made')
  })

  it('that does not run is no peer', async () => {
    expect(await make(recipeOf('mochi', [], { run: ['sh', '-c', 'echo broken >&2; exit 1'] }))).toMatchObject({
      result: 'failed',
      tail: expect.arrayContaining(['broken']),
    })
    expect(await make(recipeOf('mochi', [], { run: ['sh', '-c', ':'] }))).toMatchObject({
      reason: 'it prints no version',
    })
  })

  it('is skipped where something is missing, by name', async () => {
    const program = { program: 'no-such-compiler', remedy: 'get one' }
    const library = { library: 'no-such-library', remedy: 'get it' }
    const test = { test: ['sh', '-c', 'exit 1'], remedy: 'repair it' } as const
    const needs = [program, { program: 'sh', remedy: '-' }, library, test]
    const made = await make(recipeOf('mochi', [PROGRAM], { needs }))
    expect(made).toEqual({ result: 'skipped', missing: [program, library, test] })
  })

  it('gives the tools a folder for what they need for a moment, gone with the unfinished one', async () => {
    const guarded: string[] = []
    const recipe = recipeOf('mochi', [
      sh('mktemp >/dev/null; printf "%s\\n" "$TMPDIR" "$TMP" "$TEMP" "$GOTMPDIR" "$JAVA_TOOL_OPTIONS" >"$1/told"'),
      PROGRAM,
    ])
    const guardDirectory = (path: string) => {
      guarded.push(path)
      return () => {}
    }
    const made = await make(recipe, { guardDirectory })
    expect(made).toMatchObject({ result: 'made' })
    const told = readFileSync(join(buildFolder(recipe), 'told'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(guarded).toHaveLength(1)
    expect(told).toHaveLength(5)
    expect(told.filter(line => line.includes(`${guarded[0]}/`))).toEqual(told)
    expect(left()).toEqual([])
  })

  it('that takes too long fails by that name, with all that it started', async () => {
    const recipe = recipeOf('nats', [sh('sleep 60 & sleep 61')])
    expect(await make(recipe, { limitMs: 300 })).toMatchObject({
      result: 'failed',
      reason: expect.stringMatching(/^it took longer than 300 ms: sh -ec/),
    })
    expect(left()).toEqual([])
  })

  it('shows the end of a log, however much there is of it', async () => {
    const recipe = recipeOf('nats', [sh('head -c 5000000 /dev/zero | tr "\\0" x; printf "\\nthe end\\n"; exit 3')])
    const made = await make(recipe)
    if (made.result !== 'failed') throw new Error('it did not fail')
    expect(made.tail.at(-1)).toBe('the end')
    expect(made.tail.join('').length).toBeLessThan(20_000)
  })

  it('that is stopped is gone with all that it started', async () => {
    const controller = new AbortController()
    const guarded: string[] = []
    const pidFile = join(root, 'pid')
    const recipe = recipeOf('mochi', [sh(`sleep 60 & echo $! > ${pidFile}; sleep 61`)])
    const made = make(recipe, {
      signal: controller.signal,
      guardDirectory: path => {
        guarded.push(path)
        return () => void guarded.pop()
      },
    })
    await vi.waitFor(() => expect(readFileSync(pidFile, 'utf8')).toMatch(/\d\n/), { timeout: 60_000 })
    expect(guarded).toHaveLength(1)
    controller.abort()
    expect(await made).toEqual({ result: 'stopped' })
    expect(guarded).toEqual([])
    await vi.waitFor(() => expect(isAlive(Number(readFileSync(pidFile, 'utf8')))).toBe(false), { timeout: 60_000 })
    expect(left()).toEqual([])
    expect(await make(recipe, { signal: controller.signal })).toEqual({ result: 'stopped' })
  })
})
