import mqtt from 'mqtt-packet'
import { type HostileServer, hostileServer } from './servers.ts'

/** What it pours out, as fast as it is taken, a second after a client has subscribed. */
export const FLOODS: Readonly<Record<string, (topic: string) => Buffer>> = {
  messages: topic => mqtt.generate({ cmd: 'publish', topic, payload: 'x', qos: 0, dup: false, retain: false }),
  PINGRESP: () => Buffer.from([0xd0, 0]),
  garbage: () => Buffer.alloc(16, 0xff),
}

const AFTER_MS = 1000
/** Of each write. */
const PACKETS = 2000

/** A broker that answers CONNECT, SUBSCRIBE and PINGREQ as it must, until it floods. */
export function floodingBroker(packet: (topic: string) => Buffer): Promise<HostileServer> {
  return hostileServer((socket, write) => {
    const parser = mqtt.parser({ protocolVersion: 4 })
    const pour = (topic: string) => {
      const bytes = Buffer.concat(Array.from({ length: PACKETS }, () => packet(topic)))
      const more = () => {
        while (!socket.destroyed && write(bytes));
      }
      socket.on('drain', more)
      more()
    }
    parser.on('error', () => socket.destroy())
    parser.on('packet', given => {
      if (given.cmd === 'connect') write(mqtt.generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }))
      if (given.cmd === 'pingreq') write(Buffer.from([0xd0, 0]))
      if (given.cmd !== 'subscribe') return
      const granted = given.subscriptions.map(() => 0)
      write(mqtt.generate({ cmd: 'suback', messageId: given.messageId ?? 1, granted }))
      const [first] = given.subscriptions
      // The witness waits for wills and messages; it is left in peace.
      if (first && granted.length === 1) setTimeout(pour, AFTER_MS, first.topic)
    })
    socket.on('data', bytes => parser.parse(bytes))
  })
}
