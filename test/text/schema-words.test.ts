import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { atPlace, IN_WORDS } from '../../src/text/schema-words.ts'

const SCHEMA = z.strictObject({
  name: z.string().min(1),
  long: z.string().min(3).optional(),
  count: z.int().min(1).max(9),
  side: z.enum(['client', 'broker']),
  format: z.literal(1),
  list: z.array(z.string()).min(1),
  event: z.discriminatedUnion('who', [z.object({ who: z.literal('link') }), z.object({ who: z.literal('client') })]),
  own: z.string({ error: 'a word of its own' }),
  either: z.union([z.string(), z.number()]),
  text: z.string().regex(/^a/),
})

const GOOD = {
  name: 'a',
  count: 1,
  side: 'client',
  format: 1,
  list: ['a'],
  event: { who: 'link' },
  own: 'a',
  either: 1,
  text: 'a',
}

const wrong = (change: object): readonly string[] =>
  SCHEMA.safeParse({ ...GOOD, ...change }, IN_WORDS).error?.issues.map(({ path, message }) => atPlace(path, message)) ??
  []

describe('what a schema has against a value is said in plain words, at its place', () => {
  test.each<[given: object, told: string]>([
    [{ name: undefined }, 'name: it is missing'],
    [{ name: '' }, 'name: it is empty'],
    [{ name: 5 }, 'name: it has to be text'],
    [{ long: 'a' }, 'long: it has to be at least 3 characters'],
    [{ count: 'a' }, 'count: it has to be a number'],
    [{ count: 1.5 }, 'count: it has to be a whole number'],
    [{ count: 0 }, 'count: it has to be at least 1'],
    [{ count: 10 }, 'count: it has to be at most 9'],
    [{ side: 'both' }, 'side: it has to be one of client, broker'],
    [{ format: 2 }, 'format: it has to be 1'],
    [{ list: [] }, 'list: it is empty'],
    [{ list: {} }, 'list: it has to be a list'],
    [{ event: { who: 'me' } }, 'event.who: it has to be one of link, client'],
    [{ event: 'x' }, 'event: it has to be a map'],
    [{ own: 5 }, 'own: a word of its own'],
    [{ either: [] }, 'either: it has another form than it should have'],
    [{ text: 'b' }, 'text: it has another form than it should have'],
    [{ a: 1, b: 2 }, 'it has the unknown keys a, b'],
  ])('%j', (given, told) => expect(wrong(given)).toEqual([told]))

  test('and a good one is taken', () => expect(wrong({})).toEqual([]))
})
