/**
 * Which test files need what. Everything that is not named here is in the project `fast`: it needs no real time, no socket and no
 * process, which test/fast-guard.ts holds while they run.
 */

/** In real time, on sockets or with processes: the slowest first, since they are begun in this order. */
export const REAL_TIME: readonly string[] = [
  'test/conformance/netns.test.ts',
  'test/labs/containers.test.ts',
  'test/labs/netns/table.test.ts',
  'test/conformance/labs.test.ts',
  'test/probe/netns.test.ts',
  'test/probe/probe.test.ts',
  'test/labs/netns/kill.test.ts',
  'test/brokers/external/play.test.ts',
  'test/conformance/models.test.ts',
  'test/clients/command-run.test.ts',
  'test/engine/run.test.ts',
  'test/canary/peers.test.ts',
  'test/sim/determinism.test.ts',
  'test/conformance/brokers.test.ts',
  'test/conformance/drivers.test.ts',
  'test/conformance/clients.test.ts',
  'test/conformance/toxiproxy/toxiproxy.test.ts',
  'test/conformance/toxiproxy/cli.test.ts',
  'test/brokers/mosquitto.test.ts',
  'test/links/firewall/policy.test.ts',
  'test/labs/attached.test.ts',
  'test/probe/tls.test.ts',
  'test/brokers/external/reach.test.ts',
  'test/clients/command.test.ts',
  'test/clients/driver.test.ts',
  'test/clients/reconnect.test.ts',
  'test/links/firewall/idle-rules.test.ts',
  'test/links/embedded.test.ts',
  'test/links/toxiproxy.test.ts',
  'test/brokers/program.test.ts',
  'test/proxy/server.test.ts',
  'test/peers/make.test.ts',
  'test/peers/ask.test.ts',
  'test/labs/netns/executor.test.ts',
  'test/labs/lines.test.ts',
  'test/labs/owner.test.ts',
  'test/labs/tether.test.ts',
  'test/probe/hostile.test.ts',
  'test/proxy/hostile.test.ts',
  'test/engine/starved.test.ts',
  'test/clock/heartbeat.test.ts',
  'test/clock/scheduler.test.ts',
  'test/clock/turns.test.ts',
  'test/labs/reaper.test.ts',
  'test/claims/tutorials.test.ts',
  'test/brokers/start.test.ts',
  'test/doubt/watch.test.ts',
  'test/doubt/limit.test.ts',
]

/** They run halfopen as users do: built, and as a process of its own. One in their folder is pure. */
export const BUILT: readonly string[] = ['test/cli/**/!(outcome).test.ts', 'test/secrets.test.ts']
