/**
 * Every regular expression of src/ is linear: what it meets may come from a peer, a file or a machine. recheck
 * (https://makenowjust-labs.github.io/recheck/) decides it, by automaton or by attack. That takes up to some seconds each, so
 * the ones that it found linear are kept in golden/regexes.txt, by their whole text; any other is held against it anew. With
 * HALFOPEN_SLOW=1 all are, and the file is written anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { check } from 'recheck'
import { parseAst, transformWithEsbuild } from 'vite'
import { describe, expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')
const GOLDEN = resolve(import.meta.dirname, 'golden/regexes.txt')
const SLOW = process.env.HALFOPEN_SLOW === '1'

/** Made while running, each of parts that are linear and none of a text from outside. */
const MADE: Readonly<Record<string, string>> = {
  // The name of a limit, which is halfopen's own.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source's text
  'processes/soft-limits.ts': 'new RegExp(`^${name} +(\\\\S+)`, "m")',
  // A key that somebody wrote, every sign of it escaped, with no repetition but of blanks before and behind.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source's text
  'config.ts': 'new RegExp(`(?:^|[\\\\s{,])(["\']?)${name}\\\\1\\\\s*(?:[:,}]|$)`)',
  'evidence/redact.ts': 'new RegExp(KEY.source, KEY.flags)',
  'evidence/secret-spans.ts': 'new RegExp(lead.source, lead.flags)',
  'model/schema.ts': 'new RegExp(DURATION_PATTERN)',
  // The name of a device that halfopen made.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source's text
  'link/kinds/firewall/firewall-link.ts': 'new RegExp(`^(\\\\d+): ${device}[@:]`, "m")',
}

/** As evidence/secret-spans.ts has it. */
const NAMED = /^const NAMED = \/(.+)\/g$/m.exec(readFileSync(join(SRC, 'evidence/secret-spans.ts'), 'utf8'))?.[1] ?? ''
/** Automata know no assertions that look back. */
const LOOKS_BACK = '(?<!x)[?&][^=&]*token[^=&]*='

interface Found {
  readonly file: string
  readonly pattern: string
  readonly flags: string
}

interface Node {
  readonly type?: string
  readonly start?: number
  readonly end?: number
  readonly regex?: { readonly pattern: string; readonly flags: string }
  readonly callee?: { readonly name?: string }
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))

async function regexesIn(file: string): Promise<{ literals: Found[]; made: string[] }> {
  const text = readFileSync(join(SRC, file), 'utf8')
  const { code } = await transformWithEsbuild(text, file, { target: 'esnext', sourcemap: false })
  const [literals, made]: [Found[], string[]] = [[], []]
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, regex, callee, start, end } = node as Node
    if (type === 'Literal' && regex) literals.push({ file, ...regex })
    if ((type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp')
      made.push(code.slice(start, end))
    for (const child of Object.values(node)) walk(child)
  }
  walk(parseAst(code))
  return { literals, made }
}

const spelled = ({ pattern, flags }: Pick<Found, 'pattern' | 'flags'>): string => `/${pattern}/${flags}`

/**
 * What decides is counted and not timed: the checker's attacks end after so many steps, from one seed, so that a busy machine finds
 * what a calm one does. By default they end by the clock too (250 ms, 1 s), and its verdict on one expression was not always the same.
 */
const COUNTED = { timeout: 120_000, seedingTimeout: null, incubationTimeout: null, attackTimeout: null, randomSeed: 0 }

async function complexity(pattern: string, flags: string): Promise<string> {
  const found = await check(pattern, flags, { ...COUNTED, checker: 'auto' })
  if (found.status === 'unknown') return `unknown: ${found.error.kind}`
  return found.status === 'safe' ? 'linear' : `${found.complexity.summary}, by ${found.attack.pattern.slice(0, 100)}`
}

describe('every regular expression of src/ is linear', () => {
  test('the check comes to one verdict, whatever the machine does beside it', async () => {
    // The names of secrets, which once were linear and once not; and one that is found by an attack only.
    const verdicts = await Promise.all([NAMED, NAMED, LOOKS_BACK, LOOKS_BACK].map(pattern => complexity(pattern, 'g')))
    expect(verdicts.slice(0, 2)).toEqual(['linear', 'linear'])
    expect(verdicts[2]).toContain('polynomial')
    expect(verdicts[3]).toBe(verdicts[2])
  }, 120_000)

  test('the check tells one that is not', async () => {
    expect(await complexity('(?:a|a)+$', '')).toContain('exponential')
    expect(await complexity('[?&][^=&]*token[^=&]*=', 'g')).toContain('polynomial')
    expect(await complexity('^[a-z]+$', '')).toBe('linear')
  }, 60_000)

  test('by recheck', { timeout: SLOW ? 900_000 : 240_000 }, async () => {
    const literals = (await Promise.all(files.map(regexesIn))).flatMap(found => found.literals)
    expect(literals.length).toBeGreaterThan(120)
    const known = new Set(SLOW ? [] : readFileSync(GOLDEN, 'utf8').split('\n'))
    const one = new Map(literals.map(found => [spelled(found), found]))
    const wrong: string[] = []
    for (const [text, { file, pattern, flags }] of one) {
      if (known.has(text)) continue
      const verdict = await complexity(pattern, flags)
      if (verdict !== 'linear') wrong.push(`${file}: ${text}: ${verdict}`)
    }
    expect(wrong).toEqual([])
    if (SLOW) writeFileSync(GOLDEN, `${[...one.keys()].sort().join('\n')}\n`)
  })

  test('those that are made while running are made of such', async () => {
    const found = await Promise.all(files.map(async file => [file, (await regexesIn(file)).made] as const))
    expect(Object.fromEntries(found.filter(([, made]) => made.length > 0))).toEqual(
      Object.fromEntries(Object.entries(MADE).map(([file, text]) => [file, [text]])),
    )
  })
})
