import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { available } from '../../../../src/labs/netns/allowed.ts'
import { unshareCommand } from '../../../../src/labs/netns/namespace.ts'
import { boxOf, boxRefusal } from '../../../../src/link/kinds/firewall/box.ts'
import { idleRules } from '../../../../src/link/kinds/firewall/idle-rules.ts'
import { baseRules, blackholeRules, ghostRules } from '../../../../src/link/kinds/firewall/nft-rules.ts'
import { toolEnv } from '../../../../src/processes/run-tool.ts'

const DEVICES = { clientDevice: 'toclient', brokerDevice: 'tobroker' }
const GIVEN = {
  afterMs: 2000,
  refreshedBy: 'both',
  onExpiry: 'silent',
  onNext: 'drop',
  scope: 'both',
  recreate: 'none',
}
const MEMBERS = [
  { inside: '10.77.1.2:40000', leftMs: 1234.5 },
  { inside: '10.77.1.2:40001', leftMs: -3 },
]
const rulesOf = (given: object) => idleRules('fault1', boxOf({ ...GIVEN, ...given }), DEVICES, MEMBERS)

const VARIANTS = ['packet', 'payload'].flatMap(activity =>
  ['both', 'out', 'in', 'each-own'].flatMap(refreshedBy =>
    ['drop', 'rst-sender', 'rst-both', { inside: 'drop', outside: 'rst-sender' }].flatMap(onNext =>
      ['both', 'inbound-only'].flatMap(scope =>
        ['none', 'outbound'].map(recreate => ({ activity, refreshedBy, onNext, scope, recreate })),
      ),
    ),
  ),
)

const machine = await available()
if (machine !== true && process.env.HALFOPEN_REQUIRE === 'all') throw new Error(machine.reason)

describe('the rules of a middlebox', () => {
  it('counts packets with the kernel’s connection tracking, and anything finer with a set', () => {
    expect(boxOf({ ...GIVEN, activity: 'packet' }).timer).toBe('conntrack')
    expect(boxOf({ ...GIVEN, activity: 'packet', afterMs: 1500 }).timer).toBe('set')
    expect(boxOf({ ...GIVEN, activity: 'packet', refreshedBy: 'out' }).timer).toBe('set')
    expect(boxOf(GIVEN)).toMatchObject({ timer: 'set', payloadOnly: true })
  })

  it('sends no FIN: that is what proxies do', () => {
    expect(boxRefusal({ ...GIVEN, onExpiry: 'fin-both' })).toMatch(/no FIN/)
    expect(() => boxOf({ ...GIVEN, onExpiry: 'fin-both' })).toThrow(/no FIN/)
    expect(boxRefusal(GIVEN)).toBeUndefined()
  })

  it('knows the flows that are there for the time that they have left, and the overdue ones not at all', () => {
    const rules = rulesOf({})
    expect(rules).toContain('10.77.1.2 . 40000 expires 1235ms')
    expect(rules).not.toContain('40001')
  })

  it.runIf(machine === true)('are rules that nft takes, every one', () => {
    const all = [
      ...VARIANTS.map(rulesOf),
      ...(['none', 'masquerade', 'remap'] as const).map(nat => baseRules(nat, DEVICES)),
      blackholeRules('fault2', ['up', 'down'], DEVICES),
      ghostRules('fault3', [{ inside: '10.77.1.2:40000', outside: '10.77.2.1:5000' }], DEVICES),
    ]
    const right = process.getuid?.() === 0 ? 'root' : 'user-namespace'
    const [file, ...args] = unshareCommand(right, 'nft', ['-f', '-'])
    // A few at a time: without rights nft's messages to the kernel are limited in length.
    for (let first = 0; first < all.length; first += 8) {
      const input = all.slice(first, first + 8).join('\n')
      const nft = () => execFileSync(file, args, { input, env: toolEnv(), stdio: ['pipe', 'pipe', 'pipe'] })
      expect(nft).not.toThrow()
    }
  })
})
