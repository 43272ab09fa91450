/**
 * NanoMQ: `Warning: close pipe %u & kick client due to KeepAlive timeout!` in nng/src/sp/protocol/mqtt/nmq_mqtt.c
 * (nano_pipe_timer_cb); nanomq#1732. It names no client, so that all are taken for one.
 */
import { type Dialect, ended, type Told } from '../dialect.ts'

export const nanomq: Dialect = {
  name: 'nanomq',
  title: 'NanoMQ',
  seenBy: 'broker',
  oneClient: 'any client (NanoMQ names none)',
  read,
  looksLike: text => /nanomq|nmq_mqtt|broker_tcp\.c/i.test(text),
}

const KICKED = /close pipe (?:\d+ )?& kick client due to KeepAlive timeout/

function read(text: string): readonly Told[] | undefined {
  return KICKED.test(text) ? [ended(undefined, 'timeout', 'KeepAlive timeout')] : undefined
}
