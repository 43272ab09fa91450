/** The process in the firewall's network that gives the kernel its orders, and says when. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicOffsetMs, realClock } from '../../../src/clock/real.ts'
import { allowed, available } from '../../../src/labs/netns/allowed.ts'
import { openWorld, type World } from '../../../src/labs/netns/world.ts'
import { boxOf } from '../../../src/link/kinds/firewall/box.ts'
import { type Executor, startExecutor } from '../../../src/link/kinds/firewall/executor.ts'
import { idleRules } from '../../../src/link/kinds/firewall/idle-rules.ts'
import { table } from '../../../src/link/kinds/firewall/nft-rules.ts'
import { lackOf } from '../../needs.ts'

const lack = lackOf(await available())

describe.runIf(lack === undefined)('the executor', () => {
  const clock = realClock()
  let world: World
  let executor: Executor

  const said = async (script: string) => (await executor.shell(script)).said

  beforeAll(async () => {
    const answer = await allowed()
    if (!('right' in answer)) throw new Error(answer.reason)
    world = await openWorld(answer.right)
    executor = world.firewall.executor(monotonicOffsetMs(clock))
  })

  afterAll(async () => {
    await world[Symbol.asyncDispose]()
  })

  test('dates what it did between being asked and having answered, one order after the other', async () => {
    const fromMs = clock.nowMs()
    const rules = table(
      'one',
      '  chain path { type filter hook prerouting priority 0; policy accept;\n    counter\n  }',
    )
    const done = await Promise.all([executor.nft(rules), executor.shell('sleep 0.05'), executor.flush()])
    const toMs = clock.nowMs()
    const moments = done.flatMap(({ atMs, lateMs }) => [atMs - lateMs, atMs])
    expect(moments).toEqual(moments.toSorted((one, other) => one - other))
    expect(moments[0]).toBeGreaterThan(fromMs - 0.1)
    expect(moments.at(-1)).toBeLessThan(toMs + 0.1)
    expect(done[1]?.lateMs).toBeGreaterThanOrEqual(50)
    expect(await said('nft list table ip one')).toContain('counter')
  })

  test('rejects with the words of what refused it, and goes on', async () => {
    await expect(executor.nft('add rule ip nowhere path drop')).rejects.toThrow(/No such file or directory/)
    await expect(executor.nft('no rule at all')).rejects.toThrow(/syntax error/)
    await expect(executor.shell('echo no luck >&2; false; echo never')).rejects.toThrow('no luck')
    expect((await executor.shell('echo here')).said).toBe('here\n')
  })

  test('replaces a table in one transaction, or leaves it', async () => {
    await executor.nft(table('two', '  chain first { }'))
    await expect(executor.nft(table('two', '  chain second { jump nowhere\n  }'))).rejects.toThrow()
    expect((await executor.nft('list table ip two')).said).toContain('first')
  })

  test('takes as many members of a set as a fleet has connections', async () => {
    const members = Array.from({ length: 2000 }, (_, i) => ({ inside: `10.77.1.2:${20_000 + i}`, leftMs: 86_400_000 }))
    const box = boxOf({
      afterMs: 86_400_000,
      refreshedBy: 'both',
      onExpiry: 'silent',
      onNext: 'drop',
      scope: 'both',
      recreate: 'none',
    })
    await executor.nft(idleRules('fleet', box, world.firewall, members))
    const { said } = await executor.nft('list set ip fleet live')
    expect(said.match(/10\.77\.1\.2 \. /g)).toHaveLength(2000)
  })

  test('forgets a connection that is not there without a word', async () => {
    await expect(executor.forget('10.77.1.2:40000', '10.77.2.2:1883')).resolves.toMatchObject({ said: '' })
  })

  test('takes one connection out of the table, and leaves the others', async () => {
    await executor.shell(`conntrack -I -p tcp --state ESTABLISHED --timeout 600 ${flow(40_001)}`)
    await executor.shell(`conntrack -I -p tcp --state ESTABLISHED --timeout 600 ${flow(40_002)}`)
    await executor.forget('10.77.1.2:40001', '10.77.2.2:1883')
    const left = await said('conntrack -L -p tcp')
    expect(left).toContain('sport=40002')
    expect(left).not.toContain('sport=40001')
    await executor.flush()
    expect(await said('conntrack -L -p tcp')).not.toContain('sport=')
  })

  test('that has ended rejects what it was asked', async () => {
    const another = await startExecutor((file, args) => world.firewall.enter(file, args))
    const mortal = another.executor(0)
    const asked = mortal.shell('sleep 20')
    await Promise.all([expect(asked).rejects.toThrow('takes no orders any more'), another[Symbol.asyncDispose]()])
    await expect(mortal.flush()).rejects.toThrow('takes no orders any more')
  })
})

const flow = (port: number): string => `-s 10.77.1.2 -d 10.77.2.2 --sport ${port} --dport 1883`
