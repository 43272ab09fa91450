import type { GenericContainer, WaitStrategy } from 'testcontainers'
import { readLines } from '../../processes/program-lines.ts'
import type { ContainerSeat } from './container.ts'
import { LABELS } from './removal.ts'
import type { Runtime } from './runtime.ts'
import type { Way } from './way.ts'

export interface Plan {
  readonly name: string
  readonly way: Way
  readonly ready: WaitStrategy
  onLine(line: string): void
  /** The program in it has ended. */
  onExit(): void
}

/** A container as testcontainers starts it, with what that has no words for. */
export function build(
  runtime: Runtime,
  seat: ContainerSeat,
  { name, way, ready, onLine, onExit }: Plan,
): GenericContainer {
  const { client, lib, isLocal } = runtime
  class LabContainer extends lib.GenericContainer {
    /** On which address a port is published. */
    protected override async beforeContainerCreated(): Promise<void> {
      const bindings = Object.entries((this.hostConfig.PortBindings ?? {}) as Record<string, { HostPort: string }[]>)
      const HostIp = isLocal ? '127.0.0.1' : '0.0.0.0'
      this.hostConfig.PortBindings = Object.fromEntries(
        bindings.map(([port, hosts]) => [port, hosts.map(host => ({ ...host, HostIp }))]),
      )
    }

    /** Where it ends at once, testcontainers would wait 10 s for its ports. */
    protected override async containerCreated(id: string): Promise<void> {
      client.container
        .getById(id)
        .wait({ condition: 'next-exit' })
        .then(onExit, () => {})
    }
  }
  const container = new LabContainer(seat.image)
    .withName(name)
    .withLabels({ ...LABELS })
    // Our own watchdog does it, without an image of its own and without privileges.
    .withAutoCleanup(false)
    .withExposedPorts(...[...way.ports].map(([inside, host]) => ({ container: inside, host })))
    .withWaitStrategy(ready)
    .withLogConsumer(stream => readLines(stream, onLine))
  if (seat.environment) container.withEnvironment({ ...seat.environment })
  if (seat.files) container.withCopyContentToContainer(seat.files.map(file => ({ ...file })))
  return container
}
