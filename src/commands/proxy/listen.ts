import { InvalidArgumentError } from 'commander'
import { type Endpoint, splitAddress } from './address.ts'

const LOOPBACK = '127.0.0.1'

/** `8474`, `:8474`, `127.0.0.1:8474`, `[::1]:8474`. Without a host: loopback only. */
export const listenAddress = (text: string): Endpoint => addressLike(text, 8474)

/** The same for MQTT. */
export const mqttListenAddress = (text: string): Endpoint => addressLike(text, 1883)

function addressLike(text: string, examplePort: number): Endpoint {
  try {
    const { host, port } = splitAddress(/^\d+$/.test(text) ? `:${text}` : text)
    return { host: host || LOOPBACK, port }
  } catch {
    throw new InvalidArgumentError(`It must be like 127.0.0.1:${examplePort}.`)
  }
}
