import { expect, test } from 'vitest'
import { realClock } from '../../src/clock/real.ts'
import { checks } from '../../src/judge/checks/index.ts'
import { judge } from '../../src/judge/judge.ts'
import type { Lab } from '../../src/labs/lab.ts'
import { local } from '../../src/labs/local.ts'
import { noMosquitto, titled } from '../needs.ts'
import { peers, playLocally, scenarioOf } from './scenarios.ts'

const clock = realClock()
const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)

/** Stops the broker's process from outside, where no scenario asked for it, from its first second of service on. */
function stopping(lab: Lab, forMs: number): Lab {
  return {
    ...lab,
    async open(scenario, kit, needs) {
      const bench = await lab.open(scenario, kit, needs)
      const [pid = 0] = bench.processes?.find(({ of }) => of === 'broker')?.pids() ?? []
      const startClient: typeof bench.startClient = async device => {
        const client = await bench.startClient(device)
        void pause(1000)
          .then(() => process.kill(pid, 'SIGSTOP'))
          .then(() => pause(forMs))
          .then(() => process.kill(pid, 'SIGCONT'))
        return client
      }
      return { ...bench, startClient }
    },
  }
}

test.skipIf(noMosquitto)(
  titled('a broker that is stopped from outside is told to have been stopped, and is not called late', noMosquitto),
  async () => {
    const lab = stopping(local.create(peers), 4000)
    const evidence = await playLocally(
      scenarioOf({
        broker: { name: 'mosquitto', options: {} },
        client: { name: 'silent', keepaliveS: 1 },
        expect: [
          {
            check: 'broker-drops-client',
            params: { latest: { ms: 2500, k: 0 } },
            position: { file: 'test.yaml', line: 1, column: 1 },
          },
        ],
        until: '8s',
      }),
      lab,
    )
    await lab[Symbol.asyncDispose]()
    const stops = evidence.events.filter(
      event => event.what === 'starved' && event.of === 'broker' && event.how === 'stopped',
    )
    const stoppedMs = stops.reduce((sum, event) => sum + (event.what === 'starved' ? event.forMs : 0), 0)
    expect(stoppedMs).toBeGreaterThan(3000)
    const verdict = judge(evidence, checks)
    expect(verdict).toMatchObject({ result: 'inconclusive', blame: 'harness' })
    expect(verdict.outcomes[0]?.reason).toMatch(/^the broker was stopped by a signal for/)
  },
)

test.skipIf(noMosquitto).for(['mosquitto-bridge', 'mqttjs'])(
  titled("a standstill of halfopen's own thread is nobody else's where the client is a process: %s", noMosquitto),
  async name => {
    const lab = local.create(peers)
    const playing = playLocally(
      scenarioOf({
        broker: { name: 'mosquitto', options: {} },
        client: { name, keepaliveS: 5 },
        expect: [],
        until: '3s',
      }),
      lab,
    )
    const busy = setInterval(() => {
      const untilMs = clock.nowMs() + 200
      while (clock.nowMs() < untilMs);
    }, 600)
    const evidence = await playing.finally(() => clearInterval(busy))
    await lab[Symbol.asyncDispose]()
    // Until it was started, who knows where it will live.
    const startedMs =
      evidence.events.find(({ who, what }) => who === 'client' && what === 'connected')?.atMs ?? Infinity
    const events = evidence.events.filter(({ atMs }) => atMs > startedMs + 800)
    const stalls = events.flatMap(event => (event.what === 'stalled' ? [event.of ?? 'all'] : []))
    expect(stalls).toContain('harness')
    expect(stalls).not.toContain('all')
  },
)
