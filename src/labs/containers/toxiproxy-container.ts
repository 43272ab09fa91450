import { openApi } from '../../link/kinds/toxiproxy/api.ts'
import { openLanding } from '../../link/kinds/toxiproxy/landing.ts'
import { rehearse } from '../../link/kinds/toxiproxy/running.ts'
import { anyPort, fixedPorts, type ToxiproxyPlace } from '../../link/kinds/toxiproxy/toxiproxy-place.ts'
import { type Container, startContainer } from './container.ts'
import { inTime } from './engine.ts'
import { bridgeAddress, IMAGES, imageName, ownAddresses, type Runtime, runtime } from './runtime.ts'

/** How a container finds the far tap, which is in this process. */
interface Reach {
  /** The address of this machine to listen on. */
  readonly bind: string
  /** Its name in a container. */
  readonly host: string
  /** Containers are in reach at their own addresses too. */
  readonly beside: boolean
  /** To be called with the port before the container is started. */
  readonly expose?: (port: number) => Promise<void>
}

/**
 * - told so: `HALFOPEN_TAP_HOST` is this machine as the containers see it, `HALFOPEN_TAP_BIND` where to listen for them.
 * - the engine is here, on Linux: our own address in the network of its bridge, which no other machine reaches.
 * - Docker Desktop: it forwards `host.docker.internal` to 127.0.0.1.
 * - anything else, as an engine on another machine: a tunnel back through testcontainers' sshd container.
 */
async function reachOf({ client, lib, isLocal, host }: Runtime, env: NodeJS.ProcessEnv = process.env): Promise<Reach> {
  if (env.HALFOPEN_TAP_HOST) {
    const own = ownAddresses().includes(env.HALFOPEN_TAP_HOST) ? env.HALFOPEN_TAP_HOST : '0.0.0.0'
    return { bind: env.HALFOPEN_TAP_BIND || own, host: env.HALFOPEN_TAP_HOST, beside: false }
  }
  if (client.info.containerRuntime.operatingSystem === 'Docker Desktop')
    return { bind: '127.0.0.1', host: 'host.docker.internal', beside: false }
  // In a container with the engine's socket mounted, the engine is beside us too.
  const byFile = (client.container.dockerode.modem as { readonly socketPath?: string }).socketPath !== undefined
  const beside = isLocal || byFile ? await bridgeAddress() : undefined
  if (beside) return { bind: beside, host: beside, beside: true }
  return {
    bind: '127.0.0.1',
    host: 'host.testcontainers.internal',
    beside: false,
    expose: port => tunnel(lib, port, host),
  }
}

const REMEDY = 'set HALFOPEN_TAP_HOST to the address of this machine that its containers reach'

async function tunnel(lib: Runtime['lib'], port: number, host: string): Promise<void> {
  try {
    await inTime(lib.TestContainers.exposeHostPorts(port), "starting testcontainers' sshd container", REMEDY)
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error)
    throw new Error(
      `the containers at ${host} need a way back to this machine, and testcontainers' sshd container gives none (${why}): ${REMEDY}`,
    )
  }
}

const API_PORT = 8474
const FIRST_PORT = 8666
/** For proxies: most runs need one, those with an idle-cut one for each connection. Publishing one takes about 50 ms. */
const PORTS = 32
/** As many runs share a container, so that its ports last; where none has to be published, they do not run out. */
const RUNS = 12

const PROXY_PORTS = Array.from({ length: PORTS }, (_, index) => FIRST_PORT + index)

async function startToxiproxy(
  engine: Runtime,
  { bind, host, beside, expose }: Reach,
  image: string,
): Promise<ToxiproxyPlace> {
  const landing = await openLanding(bind)
  let container: Container | undefined
  try {
    await expose?.(landing.port)
    const started = await startContainer(engine, {
      image,
      ports: [API_PORT, ...PROXY_PORTS],
      direct: beside,
      environment: { LOG_LEVEL: 'error' },
      ready: at =>
        openApi(urlOf(at(API_PORT)))
          .version()
          .then(
            () => true,
            () => false,
          ),
    })
    container = started
    const place: ToxiproxyPlace = {
      api: openApi(urlOf(started.at(API_PORT))),
      landing,
      upstream: `${host}:${landing.port}`,
      ports: beside ? anyPort('0.0.0.0', started.at(0).host) : fixedPorts(PROXY_PORTS, '0.0.0.0', started.at),
      async [Symbol.asyncDispose]() {
        await started[Symbol.asyncDispose]()
        await landing[Symbol.asyncDispose]()
      },
    }
    await rehearse(place).catch(error => {
      throw new Error(`${error.message}; HALFOPEN_TAP_HOST names this machine as containers see it`)
    })
    return place
  } catch (error) {
    await container?.[Symbol.asyncDispose]()
    await landing[Symbol.asyncDispose]()
    throw error
  }
}

const urlOf = ({ host, port }: { readonly host: string; readonly port: number }): string => `http://${host}:${port}`

interface Berth {
  readonly image: string
  readonly place: Promise<ToxiproxyPlace>
  users: number
}

/** The Toxiproxies of one lab: kept until it ends, and shared. */
export function toxiproxies(): { open(image: unknown): Promise<ToxiproxyPlace> } & AsyncDisposable {
  const berths: Berth[] = []
  let reaching: Promise<Reach> | undefined
  return {
    async open(given) {
      const engine = await runtime()
      reaching ??= reachOf(engine)
      const reach = await reaching
      const image = engine.lib.ImageName.fromString(imageName(IMAGES.toxiproxy, given)).string
      let berth = berths.find(
        one => one.image === image && one.users < (reach.beside ? Number.POSITIVE_INFINITY : RUNS),
      )
      if (!berth) {
        berth = { image, place: startToxiproxy(engine, reach, image), users: 0 }
        berths.push(berth)
      }
      const taken = berth
      taken.users++
      const place = await taken.place
      return {
        ...place,
        async [Symbol.asyncDispose]() {
          taken.users--
        },
      }
    },
    async [Symbol.asyncDispose]() {
      const opened = await Promise.allSettled(berths.splice(0).map(({ place }) => place))
      await Promise.all(opened.map(one => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)))
    },
  }
}
