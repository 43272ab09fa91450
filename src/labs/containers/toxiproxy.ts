import { openApi } from '../../link/kinds/toxiproxy/api.ts'
import { openLanding } from '../../link/kinds/toxiproxy/landing.ts'
import { anyPort, fixedPorts, type Place } from '../../link/kinds/toxiproxy/place.ts'
import { rehearse } from '../../link/kinds/toxiproxy/rehearsal.ts'
import { type Container, startContainer } from './container.ts'
import { IMAGES, imageName } from './images.ts'
import { type Reach, reachOf } from './reach.ts'
import { type Runtime, runtime } from './runtime.ts'

const API_PORT = 8474
const FIRST_PORT = 8666
/** For proxies: most runs need one, those with an idle-cut one for each connection. Publishing one takes about 50 ms. */
const PORTS = 32
/** As many runs share a container, so that its ports last; where none has to be published, they do not run out. */
const RUNS = 12

const PROXY_PORTS = Array.from({ length: PORTS }, (_, index) => FIRST_PORT + index)

async function startToxiproxy(engine: Runtime, { bind, host, beside, expose }: Reach, image: string): Promise<Place> {
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
    const place: Place = {
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
  readonly place: Promise<Place>
  users: number
}

/** The Toxiproxies of one lab: kept until it ends, and shared. */
export function toxiproxies(): { open(image: unknown): Promise<Place> } & AsyncDisposable {
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
