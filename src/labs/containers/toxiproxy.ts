import { openApi } from '../../links/toxiproxy/api.ts'
import { openLanding } from '../../links/toxiproxy/landing.ts'
import { fixedPorts, type Place } from '../../links/toxiproxy/place.ts'
import { startContainer } from './container.ts'
import { IMAGES, imageName } from './images.ts'
import { reachOf } from './reach.ts'
import { runtime } from './runtime.ts'

const API_PORT = 8474
const FIRST_PORT = 8666
/** For proxies, of which most runs need one and those with an idle-cut one for each connection. */
const PORTS = 48
/** As many runs share a container, so that its ports last. */
const RUNS = 16

const PROXY_PORTS = Array.from({ length: PORTS }, (_, index) => FIRST_PORT + index)

async function startToxiproxy(image: string): Promise<Place> {
  const engine = await runtime()
  const { bind, host, expose } = await reachOf(engine)
  const landing = await openLanding(bind)
  try {
    await expose?.(landing.port)
    const container = await startContainer(engine, {
      image,
      ports: [API_PORT, ...PROXY_PORTS],
      environment: { LOG_LEVEL: 'error' },
      ready: at =>
        openApi(urlOf(at(API_PORT)))
          .version()
          .then(
            () => true,
            () => false,
          ),
    })
    return {
      api: openApi(urlOf(container.at(API_PORT))),
      landing,
      upstream: `${host}:${landing.port}`,
      ports: fixedPorts(PROXY_PORTS, '0.0.0.0', container.at),
      async [Symbol.asyncDispose]() {
        await container[Symbol.asyncDispose]()
        await landing[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
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
  return {
    async open(given) {
      const { lib } = await runtime()
      const image = lib.ImageName.fromString(imageName(IMAGES.toxiproxy, given)).string
      let berth = berths.find(one => one.image === image && one.users < RUNS)
      if (!berth) {
        berth = { image, place: startToxiproxy(image), users: 0 }
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
