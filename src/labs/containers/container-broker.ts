import { realClock } from '../../clock/real.ts'
import type { BrokerSignal } from '../../faults/fault.ts'
import type { Availability } from '../../model/plugin.ts'
import type { BrokerKind, StartedBroker } from '../../peers/brokers/broker.ts'
import { answersConnect } from '../../peers/brokers/broker-probe.ts'
import { doAndTell, type Watchers, watchers } from '../../peers/brokers/watchers.ts'
import { versionLack } from '../../peers/recipes/built.ts'
import { inTurn } from '../../processes/pool.ts'
import { type Container, type ContainerContext, startContainer } from './container.ts'
import { engineAvailable } from './engine.ts'
import { type Image, imageAvailable, imageName, runtime } from './runtime.ts'

export const MQTT_PORT = 1883
/** Time for a version to come out of the log. */
const VERSION_LIMIT_MS = 1000

const clock = realClock()
const pause = (ms: number) => clock.advanceTo(clock.nowMs() + ms)

type Options = Readonly<Record<string, unknown>>

/** What is particular to one broker in a container. */
export interface ContainerRecipe {
  readonly image: Image
  /** Its configuration, as files or environment. */
  configure(options: Options): Pick<ContainerContext, 'files' | 'environment'>
  /** Tells what a line of its log says; gives its version where the line has it. */
  read(line: string, watchers: Pick<Watchers, 'tell' | 'tellAll'>): string | undefined
}

/** The same broker as `kind`, in a container: there it can also be frozen and killed. */
export const inContainer = (kind: BrokerKind, recipe: ContainerRecipe): BrokerKind => ({
  name: kind.name,
  summary: `${kind.name} in a container: ${recipe.image.name}`,
  options: kind.options,
  protocols: kind.protocols,
  ...(kind.shares && { shares: kind.shares }),
  can: new Set(['broker:freeze', 'broker:thaw', 'broker:kill', 'broker:restart']),
  available: options => available(recipe.image, options),
  version: async options => imageName(recipe.image, (options as Options).image),
  start: options => start(recipe, options as Options),
})

export async function available(image: Image, options: unknown): Promise<Availability> {
  const ours = ['binary', 'conf'].find(key => Object.hasOwn(options as object, key))
  if (ours !== undefined)
    return { reason: `${ours} is a file of this machine, and in a container the image has its own` }
  const engine = await engineAvailable()
  return engine === true ? imageAvailable(image, (options as Options).image) : engine
}

async function start(recipe: ContainerRecipe, options: Options): Promise<StartedBroker> {
  const engine = await runtime()
  const { watch, tell, tellAll } = watchers()
  let version: string | undefined
  let onVersion = () => {}
  const versionTold = new Promise<void>(resolve => {
    onVersion = resolve
  })
  const container = await startContainer(engine, {
    image: engine.lib.ImageName.fromString(imageName(recipe.image, options.image)).string,
    ports: [MQTT_PORT],
    ...recipe.configure(options),
    ready: at => answersConnect(at(MQTT_PORT)),
    onLine(line) {
      const told = recipe.read(line, { tell, tellAll })
      if (told === undefined) return
      version = told
      onVersion()
    },
  })
  await Promise.race([versionTold, pause(VERSION_LIMIT_MS)])
  const lack = versionLack(recipe.image.name, version ?? 'unknown', options.version as string | undefined)
  if (lack !== true) {
    await container[Symbol.asyncDispose]()
    throw new Error(`${lack.reason}; name an image that has it (image:)`)
  }
  const acts = actsOn(container, tellAll)
  return {
    version: version ?? 'unknown',
    address: container.at(MQTT_PORT),
    watch,
    signal: obeyed(acts),
    [Symbol.asyncDispose]: () => container[Symbol.asyncDispose](),
  }
}

const actsOn = (container: Container, tell: Watchers['tellAll']): Record<BrokerSignal, () => Promise<void>> => ({
  freeze: () => doAndTell(tell, 'frozen', () => container.pause()),
  thaw: () => doAndTell(tell, 'thawed', () => container.unpause()),
  kill: () => doAndTell(tell, 'killed', () => container.kill()),
  restart: () => doAndTell(tell, 'restarted', () => container.start()),
})

/** Obeyed one after the other, in the order given. */
function obeyed(acts: Record<BrokerSignal, () => Promise<void>>): (signal: BrokerSignal) => Promise<void> {
  const oneAtOnce = inTurn()
  return signal => oneAtOnce(acts[signal])
}
