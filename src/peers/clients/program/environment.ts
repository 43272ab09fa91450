import type { ClientSeat } from '../client.ts'

/**
 * What a program under test is told, by the names of docs/drivers.md; the rest of the environment is ours. What does not
 * apply is unset, whatever the environment of halfopen itself says. Secrets go this way only: other users see a command line.
 */
export function environmentOf(seat: ClientSeat, reconnect?: boolean): NodeJS.ProcessEnv {
  const { address, will, subscribe } = seat
  return {
    ...process.env,
    HALFOPEN_HOST: address.host,
    HALFOPEN_PORT: String(address.port),
    HALFOPEN_KEEPALIVE: String(seat.keepaliveS),
    HALFOPEN_CLIENTID: seat.clientId,
    HALFOPEN_PROTOCOL: String(seat.protocol),
    HALFOPEN_WILL_TOPIC: will.topic,
    HALFOPEN_WILL_PAYLOAD: will.payload.toString(),
    HALFOPEN_WILL_QOS: String(will.qos),
    HALFOPEN_WILL_RETAIN: will.retain ? '1' : undefined,
    HALFOPEN_WILL_DELAY: will.delayS === undefined ? undefined : String(will.delayS),
    HALFOPEN_SUBSCRIBE: subscribe?.topic,
    HALFOPEN_SUBSCRIBE_QOS: subscribe && String(subscribe.qos),
    HALFOPEN_RECONNECT: reconnect === undefined ? undefined : reconnect ? '1' : '0',
    ...accessVariables(seat),
  }
}

const accessVariables = ({ access }: ClientSeat): NodeJS.ProcessEnv => ({
  HALFOPEN_SCHEME: access?.scheme ?? 'mqtt',
  HALFOPEN_PATH: access?.path,
  HALFOPEN_SERVERNAME: access?.servername,
  HALFOPEN_CA: access?.ca,
  HALFOPEN_CERT: access?.cert,
  HALFOPEN_KEY: access?.key,
  HALFOPEN_ALPN: access?.alpn?.join(','),
  HALFOPEN_USERNAME: access?.username,
  HALFOPEN_PASSWORD: access?.password,
})
