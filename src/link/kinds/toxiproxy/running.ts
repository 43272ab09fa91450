import { openApi } from './api.ts'
import { openLanding } from './landing.ts'
import { anyPort, fixedPorts, type Place } from './place.ts'
import { rehearse } from './rehearsal.ts'

/** A Toxiproxy that is already running, and how it and we find each other. */
export interface Running {
  readonly url: string
  /** Where its proxies shall listen. */
  readonly listenHost: string
  /** From and to; any port where absent. */
  readonly ports?: readonly [number, number]
  /** The name under which it reaches this machine. */
  readonly tapHost: string
  /** The address of this machine where the far tap listens for it. */
  tapBind(): Promise<string>
}

/** Only uses it: disposing leaves it as it was. */
export async function openRunning({ url, listenHost, ports, tapHost, tapBind }: Running): Promise<Place> {
  const api = openApi(url)
  // At once, and by its name, rather than at the first connection.
  await api.version()
  const host = new URL(url).hostname
  const landing = await openLanding(await tapBind())
  const place: Place = {
    api,
    landing,
    upstream: `${tapHost}:${landing.port}`,
    ports: ports ? fixedPorts(range(ports), listenHost, port => ({ host, port })) : anyPort(listenHost, host),
    [Symbol.asyncDispose]: () => landing[Symbol.asyncDispose](),
  }
  try {
    await rehearse(place)
  } catch (error) {
    await landing[Symbol.asyncDispose]()
    throw error
  }
  return place
}

const range = ([from, to]: readonly [number, number]): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)
