/** What the compiler holds of the API for plug-ins; `npm run typecheck` fails where a line below `@ts-expect-error` is right. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  type Check,
  type ClientKind,
  defineConfig,
  definePlugins,
  type Fault,
  type LabKind,
  localLab,
  type PluginSet,
  type Reporter,
  z,
} from '../src/index.ts'

const options = z.strictObject({ side: z.enum(['client', 'broker']).default('client') })
type Options = z.infer<typeof options>
const common = { name: 'x', summary: 'x', options }

const never = (): never => {
  throw new Error('it is not called')
}

describe('types', () => {
  test('a config knows its keys and their values', () => {
    expect(defineConfig({ jobs: 3, lab: 'simulated', plugins: [definePlugins({ name: 'p' })] })).toMatchObject({
      jobs: 3,
    })
    // @ts-expect-error: no such key
    defineConfig({ plugin: [] })
    // @ts-expect-error: a number
    defineConfig({ jobs: '3' })
    // @ts-expect-error: a package has a name
    defineConfig({ plugins: [{ faults: [] }] })
  })

  test('a fault gets its own options, and gives orders that there are', () => {
    const fault: Fault<Options> = {
      ...common,
      holds: 'order',
      on: ({ side }) => [{ to: 'link', do: 'end', side, how: 'rst' }],
      off: () => [],
    }
    expectTypeOf(fault.on).parameter(0).toEqualTypeOf<Options>()
    const wrong: Fault<Options> = {
      ...fault,
      // @ts-expect-error: no such order
      on: () => [{ to: 'link', do: 'explode' }],
    }
    expect(definePlugins({ name: 'p', faults: [fault, wrong] }).faults).toHaveLength(2)
    // @ts-expect-error: a fault can be lifted
    expect({ ...common, holds: 'order', on: () => [] } satisfies Fault<Options>).toBeDefined()
  })

  test('a check says what becomes of it where the control failed, and gives a finding', () => {
    expectTypeOf<Check['needsControl']>().toEqualTypeOf<'all' | 'pass' | 'absence' | 'none'>()
    const check: Check<Options> = {
      ...common,
      needsControl: 'pass',
      // @ts-expect-error: no such result
      judge: () => ({ result: 'perhaps', sinceMs: null, seenMs: null, window: null, reason: '' }),
    }
    expect(check.name).toBe('x')
  })

  test('a client tells what it can do and is disposed of', () => {
    expectTypeOf<Awaited<ReturnType<ClientKind['start']>>>().toExtend<AsyncDisposable>()
    expectTypeOf<ClientKind['traffic']>().toEqualTypeOf<{ readonly publishing: boolean; readonly receiving: boolean }>()
    expectTypeOf<NonNullable<ClientKind['home']>>().toEqualTypeOf<string>()
    const dumb = {
      ...common,
      available: async () => true as const,
      version: async () => '1',
      start: async () => never(),
    }
    // @ts-expect-error: it does not say whether it can publish and subscribe
    const wrong: ClientKind = dumb
    expect(wrong.name).toBe('x')
  })

  test('a lab can be made of the local one, and a reporter writes strings', () => {
    const mine: LabKind = { ...localLab, name: 'mine', create: peers => ({ ...localLab.create(peers), kind: mine }) }
    expect(mine.create({ brokers: new Map(), clients: new Map(), links: new Map() }).kind.name).toBe('mine')
    expectTypeOf<ReturnType<Reporter['begin']>['text']>().toEqualTypeOf<string>()
    expectTypeOf<PluginSet>().toHaveProperty('reporters')
  })
})
