/**
 * AWS IoT Core: life-cycle events ($aws/events/presence/#), and the CloudWatch log AWSIotLogsV2. One object a line.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html and cloud-watch-logs: Connect, Disconnect.
 */
import { type Dialect, ended, howIn, NOTHING, type Told } from '../dialect.ts'
import type { EndHow } from '../log-event.ts'

export const awsIot: Dialect = {
  name: 'aws-iot',
  title: 'AWS IoT Core (one event a line: jq -c .)',
  seenBy: 'broker',
  read: () => undefined,
  readJson,
  looksLike: text =>
    /"(?:eventType|disconnectReason|clientInitiatedDisconnect|principalIdentifier|clientId)"\s*:/.test(text),
}

const REASONS: Readonly<Record<string, EndHow>> = {
  CLIENT_INITIATED_DISCONNECT: 'disconnect',
  MQTT_KEEP_ALIVE_TIMEOUT: 'timeout',
  CONNECTION_LOST: 'closed',
  DUPLICATE_CLIENTID: 'taken-over',
  DUPLICATE_CLIENT_ID: 'taken-over',
  CLIENT_ERROR: 'error',
  SERVER_ERROR: 'broker',
  SERVER_INITIATED_DISCONNECT: 'broker',
  API_INITIATED_DISCONNECT: 'broker',
  THROTTLED: 'broker',
  WEBSOCKET_TTL_EXPIRATION: 'closed',
  CUSTOMAUTH_TTL_EXPIRATION: 'closed',
}

function readJson(value: Readonly<Record<string, unknown>>): readonly Told[] | undefined {
  const { eventType, clientId, timestamp } = value
  if (typeof eventType !== 'string' || typeof clientId !== 'string') return undefined
  const dated = typeof timestamp === 'number' ? { ownMs: timestamp } : {}
  const told = event(eventType.toLowerCase(), clientId, value)
  return told?.map(each => ({ ...each, ...dated }))
}

function event(type: string, client: string, value: Readonly<Record<string, unknown>>): readonly Told[] | undefined {
  const ip = value.ipAddress ?? value.sourceIp
  const address = typeof ip === 'string' ? ip : undefined
  const failed = value.status === 'Failure' || /fail/.test(type)
  const reason = String(value.disconnectReason ?? value.reason ?? value.details ?? '')
  if (/^connect/.test(type)) {
    if (failed) return [{ what: 'refused', client, reason: reason === '' ? 'connection failed' : reason }]
    return [{ what: 'connect', client, ...(address === undefined ? {} : { address }) }]
  }
  if (!/^disconnect/.test(type)) return NOTHING
  if (reason === 'AUTH_ERROR' || reason === 'FORBIDDEN_ACCESS')
    return [{ what: 'refused', client, reason: `not authorised (${reason})` }]
  const own = value.clientInitiatedDisconnect === true && reason === ''
  return [ended(client, own ? 'disconnect' : howIn(REASONS, reason), reason, address)]
}
