import { z } from 'zod'
import type { BrokerKind } from './broker.ts'
import { type LogNews, news } from './program/broker-program.ts'
import { programBroker } from './program/program-broker.ts'

const options = z.strictObject({})

/**
 * rumqttd 0.20.0: 1.5K, but whatever it sends to the client starts that anew (link/remote.rs: the time-out lives in a branch
 * of `select!`). It refuses a keep-alive of 0. MQTT 3.1.1 only, since it serves 5.0 on another port.
 */
export const rumqttd: BrokerKind<z.infer<typeof options>> = programBroker({
  name: 'rumqttd',
  summary: 'rumqttd as a child process, in Rust',
  options,
  protocols: [4],
  recipe: {
    folder: 'rumqttd',
    // No `apt`: Debian 12's Rust is 1.63, too old for today's crates.
    needs: [{ program: 'cargo', remedy: 'https://rustup.rs' }],
    steps: [
      ['cargo', 'build', '--quiet', '--locked', '--release', '--target-dir', '{build}/target'],
      ['mv', '{build}/target/release/rumqttd', '{build}/rumqttd'],
      ['rm', '-r', '{build}/target'],
    ],
    run: ['{build}/rumqttd'],
  },
  args: ({ address: { host, port } }) => [`${host}:${port}`],
  reader: () => readRumqttd,
})

const CONNECTED =
  /^(?:(?!incoming_connect\{).)*incoming_connect\{client_id="(.+?)"\}: [^"]* Client connection registered/
const CLOSED =
  /^(?:(?!remote_link\{).)*remote_link\{(?:(?!client_id=")[^}])*client_id="((?:[^"\\]|\\.)+)"[^}]*\}: .*?: disconnected error=([\s\S]+)$/

export function readRumqttd(text: string): readonly LogNews[] {
  const connected = CONNECTED.exec(text)
  if (connected) return news(connected[1], ['client-connected'])
  const [, clientId, error = ''] = CLOSED.exec(text) ?? []
  const silent = error.startsWith('Network(KeepAlive')
  return news(clientId, silent ? ['keepalive-timeout', 'client-closed'] : ['client-closed'], error)
}
