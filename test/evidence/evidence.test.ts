import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EvidenceError, parseEvidence, readEvidence } from '../../src/evidence/read-evidence.ts'
import { formatEvidence, writeEvidence } from '../../src/evidence/write.ts'
import type { Evidence } from '../../src/model/evidence.ts'
import { publishing, receiving, run } from './builder.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halfopen-evidence-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** One of every kind of event. */
const everything = (): Evidence =>
  run({
    expect: [{ 'client-gives-up': { latest: '2K + 1s' } }, 'flaps'],
    traffic: { ...publishing(1), ...receiving(2) },
  })
    .connect(0, { serverKeepAliveS: 2 })
    .ping(2000)
    .up(2100, 'publish', { topic: 'a/b', qos: 1, messageId: 7, dup: false })
    .message(1, 2100, 2101)
    .add(2200, { who: 'link', what: 'undecoded', flow: 'down', edge: 'broker', note: 'malformed', conn: 1 })
    .fault('blackhole', 3000)
    .lifted('blackhole#0', 4000)
    .stalled(4100, 12.5)
    .broker(5000, 'keepalive-timeout')
    .will(5001)
    .end(5000, 'broker', 'broker', 'rst')
    .trouble(5100, 'none')
    .ended(6000)

const problemsOf = (text: string): string => {
  try {
    parseEvidence(text, 'e.ndjson')
    return 'none'
  } catch (error) {
    if (error instanceof EvidenceError) return error.message
    throw error
  }
}

describe('an evidence file', () => {
  test('comes back as it was written', async () => {
    const path = join(folder, 'a', 'b', 'run.ndjson')
    await writeEvidence(path, everything())
    expect(await readEvidence(path)).toEqual(everything())
  })

  test('is one JSON value a line, the header first, `ended` last', () => {
    const lines = formatEvidence(everything()).trimEnd().split('\n')
    expect(lines.length).toBe(everything().events.length + 1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ evidence: 1, lab: 'local' })
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ who: 'harness', what: 'ended' })
  })

  test('leaves no draft beside it, and names itself where it can’t be written', async () => {
    const blocked = join(folder, 'file')
    await writeFile(blocked, '')
    await expect(writeEvidence(join(blocked, 'run.ndjson'), everything())).rejects.toThrow(
      /^cannot save evidence to .*run\.ndjson: (ENOTDIR|EEXIST)/,
    )
    await writeEvidence(join(folder, 'c', 'run.ndjson'), everything())
    expect(await readdir(join(folder, 'c'))).toEqual(['run.ndjson'])
  })

  test.skipIf(process.getuid?.() === 0)('a folder that is read-only is named', async () => {
    const closed = await mkdtemp(join(folder, 'closed-'))
    await chmod(closed, 0o500)
    await expect(writeEvidence(join(closed, 'run.ndjson'), everything())).rejects.toThrow('EACCES')
  })

  test('that is not there is named', async () =>
    await expect(readEvidence(join(folder, 'missing.ndjson'))).rejects.toThrow(
      /^cannot read evidence from .*missing\.ndjson: there is no such file$/,
    ))
})

describe('a file that is no good', () => {
  const good = formatEvidence(everything())
  const lines = good.trimEnd().split('\n')
  const withLine = (number: number, text: string) => `${lines.with(number - 1, text).join('\n')}\n`

  test.each([
    ['empty', '', 'e.ndjson:1:1 empty: an evidence file starts with a header line'],
    [
      'a foreign one',
      'name: a scenario\n',
      'e.ndjson:1:1 not an evidence file of halfopen: its first line is no header with "evidence": 1',
    ],
    [
      'another JSON',
      '{"halfopen":1}\n',
      'e.ndjson:1:1 not an evidence file of halfopen: its first line is no header with "evidence": 1',
    ],
    ['a newer format', '{"evidence":2}\n', 'e.ndjson:1:1 evidence format 2, but this halfopen reads format 1'],
  ])('%s', (_what, text, expected) => expect(problemsOf(text)).toBe(expected))

  test('truncated between two lines', () =>
    expect(problemsOf(`${lines.slice(0, 5).join('\n')}\n`)).toBe(
      'e.ndjson:5:1 truncated: the last line is not the `ended` event, so the run was cut short or the disk was full',
    ))

  test('truncated within a line, wherever', () => {
    for (let length = 1; length < good.length; length += 7)
      expect(problemsOf(good.slice(0, length)), `cut at ${length}`).toMatch(/^e\.ndjson:\d+:\d+ /)
    expect(problemsOf(good.slice(0, -1))).toContain('truncated')
  })

  test('every problem at once, each at its line and column', () => {
    const third = lines[2] ?? ''
    const bad = lines.with(2, third.replace('"client"', '"clinet"')).with(4, '{"atMs":0,"who":"nobody","what":"open"}')
    const said = problemsOf(`${bad.join('\n')}\n`).split('\n')
    expect(said).toHaveLength(2)
    expect(said[0]).toMatch(new RegExp(`^e\\.ndjson:3:${third.indexOf('"client"') + 1} edge: `))
    expect(said[1]).toMatch(/^e\.ndjson:5:17 who: /)
  })

  test('a syntax error is placed at its column', () =>
    expect(problemsOf(withLine(3, '{"atMs":0 "who":"link"}'))).toMatch(/^e\.ndjson:3:11 not JSON: /))

  test('a header that lacks something', () =>
    expect(problemsOf(withLine(1, (lines[0] ?? '').replace('"seed":1,', '')))).toMatch(/^e\.ndjson:1:1 seed: /))

  test('events out of order', () =>
    expect(problemsOf(withLine(4, (lines[3] ?? '').replace('"atMs":0', '"atMs":99999')))).toContain('out of order'))
})

test('the format is what docs/evidence.md says: every kind of event is in it', async () => {
  const page = await readFile(new URL('../../docs/evidence.md', import.meta.url), 'utf8')
  const kinds = new Set(everything().events.map(({ what }) => what))
  expect([...kinds].filter(kind => !page.includes(`\`${kind}\``))).toEqual([])
})
