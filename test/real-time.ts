/**
 * Which test files need what. Everything that is not named here is in the project `fast`: it needs no real time, no socket and no
 * process, which test/fast-guard.ts holds while they run.
 */

/** In real time, on sockets or with processes. */
export const REAL_TIME: readonly string[] = [
  'test/labs/accelerated.test.ts',
  'test/conformance/netns.test.ts',
  'test/labs/containers.test.ts',
  'test/labs/netns/table.test.ts',
  'test/conformance/labs.test.ts',
  'test/commands/probe/netns.test.ts',
  'test/commands/probe/probe.test.ts',
  'test/labs/netns/kill.test.ts',
  'test/labs/netns/dates.test.ts',
  'test/peers/brokers/external/play.test.ts',
  'test/conformance/models.test.ts',
  'test/peers/clients/command-run.test.ts',
  'test/regexes.test.ts',
  'test/scenario/module.test.ts',
  'test/scenario/load.test.ts',
  'test/load-project.test.ts',
  'test/scenario/profile.test.ts',
  'test/engine/run.test.ts',
  'test/canary/peers.test.ts',
  'test/sim/determinism.test.ts',
  'test/conformance/brokers.test.ts',
  'test/conformance/drivers.test.ts',
  'test/conformance/transports.test.ts',
  'test/conformance/clients.test.ts',
  'test/conformance/toxiproxy/toxiproxy.test.ts',
  'test/conformance/toxiproxy/cli.test.ts',
  'test/conformance/toxiproxy/python.test.ts',
  'test/conformance/toxiproxy/fuzz.test.ts',
  'test/peers/brokers/mosquitto.test.ts',
  'test/link/kinds/firewall/policy.test.ts',
  'test/labs/attached.test.ts',
  'test/labs/own-will.test.ts',
  'test/commands/probe/tls.test.ts',
  'test/commands/probe/web.test.ts',
  'test/commands/probe/proxies.test.ts',
  'test/captures/tshark.test.ts',
  'test/captures/tls.test.ts',
  'test/diagnosis/played.test.ts',
  'test/peers/brokers/external/reach.test.ts',
  'test/peers/clients/command.test.ts',
  'test/peers/clients/driver.test.ts',
  'test/peers/clients/reconnect.test.ts',
  'test/peers/clients/frozen.test.ts',
  'test/link/kinds/firewall/idle-rules.test.ts',
  'test/link/kinds/embedded.test.ts',
  'test/start-link.test.ts',
  'test/link/tls/tls-layer.test.ts',
  'test/link/tls/client-hello.test.ts',
  'test/link/kinds/toxiproxy.test.ts',
  'test/peers/brokers/program.test.ts',
  'test/commands/proxy/server.test.ts',
  'test/commands/proxy/proxy-tls.test.ts',
  'test/peers/recipes/make.test.ts',
  'test/peers/recipes/ask.test.ts',
  'test/labs/netns/executor.test.ts',
  'test/hosts/host-main.test.ts',
  'test/processes/program-lines.test.ts',
  'test/processes/owner.test.ts',
  'test/processes/tether.test.ts',
  'test/commands/probe/hostile.test.ts',
  'test/commands/proxy/hostile.test.ts',
  'test/engine/starved.test.ts',
  'test/clock/heartbeat.test.ts',
  'test/clock/scheduler.test.ts',
  'test/clock/turns.test.ts',
  'test/processes/reaper.test.ts',
  'test/claims/tutorials.test.ts',
  'test/peers/brokers/start.test.ts',
  'test/text/read-text.test.ts',
  'test/vitest/own-folder.test.ts',
  'test/doubt/watch.test.ts',
  'test/doubt/limit.test.ts',
]

/**
 * They hold figures of real programs to a hundredth of a keep-alive or to their schedules. All else comes after them.
 */
export const MEASURED: readonly string[] = [
  'test/cli/device.test.ts',
  'test/cli/calibrate.test.ts',
  'test/cli/device-clients.test.ts',
  'test/cli/ratio.test.ts',
]

/** They run halfopen as users do: built, and as a process of its own. */
export const BUILT: readonly string[] = ['test/cli/**/*.test.ts', 'test/harm/**/*.test.ts', 'test/secrets.test.ts']

/**
 * Those among them that play a thing in every form that there is (every field on every way out, every capture against tshark, each
 * page in a browser, floods, the packed package): minutes of a processor. `npm test` leaves them to CI, and says so.
 */
export const THOROUGH: readonly string[] = [
  'test/cli/captures.test.ts',
  'test/cli/compare.test.ts',
  'test/cli/kept.test.ts',
  'test/cli/odd-folders.test.ts',
  'test/cli/outside.test.ts',
  'test/cli/packed.test.ts',
  'test/cli/page.test.ts',
  'test/cli/report-pages.test.ts',
  'test/cli/starved.test.ts',
  'test/harm/device.test.ts',
  'test/harm/floods.test.ts',
  'test/harm/random-faults.test.ts',
  'test/harm/standstill.test.ts',
]

/** What takes longest is begun first, in this order, so that nothing long is left for the end. */
export const SLOWEST_FIRST: readonly string[] = [
  ...MEASURED,
  'test/cli/packed.test.ts',
  'test/conformance/netns.test.ts',
  'test/cli/hostile.test.ts',
  'test/labs/containers.test.ts',
  'test/conformance/labs.test.ts',
  'test/labs/netns/table.test.ts',
  'test/hosts/host-main.test.ts',
  'test/processes/program-lines.test.ts',
  'test/secrets.test.ts',
  'test/cli/run.test.ts',
  'test/cli/compare.test.ts',
  'test/cli/kept.test.ts',
  'test/cli/unsaved.test.ts',
  'test/commands/probe/netns.test.ts',
  'test/commands/probe/probe.test.ts',
  'test/sim/determinism.test.ts',
  'test/processes/tether.test.ts',
  'test/peers/brokers/external/play.test.ts',
  'test/conformance/models.test.ts',
  'test/peers/clients/command-run.test.ts',
  'test/engine/run.test.ts',
  'test/canary/peers.test.ts',
  'test/figures/truth.test.ts',
  'test/fuzz/loader.test.ts',
  'test/sim/orders.test.ts',
  'test/commands/repro/presets.test.ts',
]
