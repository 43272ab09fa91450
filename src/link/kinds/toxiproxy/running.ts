import { connect } from 'node:net'
import { realClock } from '../../../clock/real.ts'
import { openApi } from './api.ts'
import { openLanding } from './landing.ts'
import { anyPort, fixedPorts, openEntrance, type ToxiproxyPlace } from './toxiproxy-place.ts'

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
export async function openRunning({ url, listenHost, ports, tapHost, tapBind }: Running): Promise<ToxiproxyPlace> {
  const api = openApi(url)
  // At once, and by its name, rather than at the first connection.
  await api.version()
  const host = new URL(url).hostname
  const landing = await openLanding(await tapBind())
  const place: ToxiproxyPlace = {
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

/** One Toxiproxy for all that use it at the same time; it ends with its last user. */
export function sharedPlace(open: () => Promise<ToxiproxyPlace>): () => Promise<ToxiproxyPlace> {
  let users = 0
  let opening: Promise<ToxiproxyPlace> | undefined
  /** Of the one before: the next must not begin while it ends. */
  let closing: Promise<void> = Promise.resolve()

  const leave = async (place: ToxiproxyPlace): Promise<void> => {
    if (--users > 0) return
    opening = undefined
    closing = Promise.resolve(place[Symbol.asyncDispose]())
    await closing
  }
  return async () => {
    users++
    opening ??= closing.catch(() => {}).then(open)
    try {
      const place = await opening
      return { ...place, [Symbol.asyncDispose]: () => leave(place) }
    } catch (error) {
      if (--users === 0) opening = undefined
      throw error
    }
  }
}

const LIMIT_MS = 3000

let rehearsals = 0

/** One connection all the way through: rejects where Toxiproxy and the two taps don't find each other, and says which way. */
export async function rehearse(place: ToxiproxyPlace): Promise<void> {
  const entrance = await openEntrance(place, `halfopen-rehearsal-${process.pid}-${++rehearsals}`)
  const { host, port } = entrance.address
  const clock = realClock()
  let trouble = `the connection did not come out within ${LIMIT_MS / 1000} s`
  let cancel = () => {}
  let forget = () => {}
  const socket = connect({ host, port, noDelay: true })
  const arrived = await new Promise<boolean>(resolve => {
    const expected = place.landing.expect(far => {
      far.destroy()
      resolve(true)
    })
    forget = expected.forget
    socket.once('connect', () => socket.write(expected.token))
    socket.once('error', error => {
      trouble = error.message
    })
    socket.once('close', () => resolve(false))
    socket.resume()
    cancel = clock.at(LIMIT_MS, () => resolve(false))
  })
  cancel()
  forget()
  socket.destroy()
  await entrance[Symbol.asyncDispose]()
  if (arrived) return
  throw new Error(
    `nothing comes through the Toxiproxy at ${place.api.url}: from here to ${host}:${port}, and from it to ${place.upstream}, where this process listens (${trouble})`,
  )
}
