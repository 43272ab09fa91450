import { formatMs } from '../model/duration.ts'
import { plural } from '../text/words.ts'
import type { Stage } from './stage.ts'

/** Why there is no device to test, from what came instead. */
export function absence({ roster, limits }: Pick<Stage, 'roster' | 'limits'>): string {
  const waited = formatMs(limits.waitMs)
  if (roster.device) {
    const others =
      roster.others.length === 0
        ? ''
        : `; meanwhile came ${listed(roster.others)}: give a changing client id as --client-id 'PREFIX*'`
    return `the device was not back within ${waited}${others}`
  }
  const { lines } = roster
  if (lines.length === 0) return `no device connected within ${waited}`
  const opened = `${plural(lines.length, 'connection')} came within ${waited}`
  const refused = lines.findLast(({ refusedCode }) => refusedCode !== undefined)
  if (refused)
    return `${opened}, but the broker refused the CONNECT with code ${refused.refusedCode}${hint(refused.terms.protocol, refused.refusedCode)}`
  const garbled = lines.findLast(({ undecoded }) => undecoded.size > 0)
  if (garbled)
    return `${opened}, but not with MQTT: ${[...garbled.undecoded.values()][0]}; a broker that speaks TLS is mqtts://host:port`
  if (lines.every(({ connect }) => !connect)) return `${opened}, but without a CONNECT`
  if (lines.some(({ accepted }) => accepted))
    return `${opened}, but none with the client id that was named: ${listed(lines.flatMap(({ connect }) => connect?.clientId ?? []))}`
  return `${opened}, but the broker answered no CONNECT`
}

/** CONNACK 1 of 3.1.1, and what MQTT 5 servers say (0x84): the version. */
const hint = (protocol: 4 | 5, code: number | undefined): string =>
  protocol === 5 && (code === 1 || code === 0x84)
    ? ', since it speaks no MQTT 5.0: use --broker mosquitto, or one of your own'
    : ''

const listed = (names: readonly string[]): string => [...new Set(names)].map(name => `'${name}'`).join(', ')
