import { connect } from 'node:net'
import { realClock } from '../../../clock/real.ts'
import { openEntrance, type Place } from './place.ts'

const LIMIT_MS = 3000

let rehearsals = 0

/** One connection all the way through: rejects where Toxiproxy and the two taps don't find each other, and says which way. */
export async function rehearse(place: Place): Promise<void> {
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
