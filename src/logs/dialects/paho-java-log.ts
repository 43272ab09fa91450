/**
 * Paho Java 1.0 to 1.2 and 5: org.eclipse.paho.client.mqttv3.internal.ClientState, `@TRACE 619=Timed out as no activity, keepAlive={0} ...`
 * behind the client id (keepAlive in milliseconds, since 1.2.2 in nanoseconds), and `Timed out as no write activity` (32002). What an
 * application prints of the exception, and its stack, say the same again. paho.mqtt.java#199, #576, #785.
 */
import { type Dialect, ended, NOTHING, type Told } from '../dialect.ts'

export const pahoJava: Dialect = {
  name: 'paho-java',
  title: "Paho Java's logger",
  seenBy: 'client',
  oneClient: 'this client',
  read: reader(),
  fresh: () => ({ read: reader() }),
  looksLike: text => /\bmqttv[35]\.|\bMqttException\b/.test(text),
}

const TIMED_OUT = ': Timed out as no '
/** What an application or the virtual machine prints of the same thing (REASON_CODE_CLIENT_TIMEOUT, REASON_CODE_CONNECTION_LOST). */
const EXCEPTION =
  /^(?:(?:[\w.]{1,120}Exception: )?(?:Timed out waiting for a response from the server|Connection lost)(?: \((?:32000|32109)\)|$)|.{0,120}\((?:32000|32109)\))/
const OF_A_STACK =
  /^(?:at [\w.$]{3,200}\(|Caused by: |\.\.\. \d{1,4} (?:more|common frames)|org\.eclipse\.paho\.[\w.]+ \w+$)/

function reader(): Dialect['read'] {
  /** The library itself said it, so that nothing else has to. */
  let isTold = false
  return text => {
    const at = text.indexOf(TIMED_OUT)
    if (at >= 0) {
      const told = timedOut(text, at)
      isTold ||= told !== undefined
      return told
    }
    if (EXCEPTION.test(text)) {
      const isLost = text.includes('32109') || text.endsWith('lost')
      return isTold ? NOTHING : [ended(undefined, isLost ? 'closed' : 'ping-unanswered', text.slice(0, 80))]
    }
    return OF_A_STACK.test(text) && /\bpaho\b|^\.\.\. |^Caused by: java/.test(text) ? NOTHING : undefined
  }
}

function timedOut(text: string, at: number): readonly Told[] | undefined {
  const words = text.slice(at + TIMED_OUT.length)
  const keepalive = /^(?:write )?activity, keepAlive=([\d.,\u00a0\u202f' ]{1,24}?)(?= lastOutbound|$)/.exec(words)?.[1]
  if (keepalive === undefined) return undefined
  const client = text.slice(text.lastIndexOf(' ', at - 1) + 1, at)
  const value = Number(keepalive.replace(/\D/g, ''))
  const keepaliveS = Math.round(value >= 1e9 ? value / 1e9 : value / 1000)
  const isWrite = words.startsWith('write')
  const end = ended(
    client,
    isWrite ? 'closed' : 'ping-unanswered',
    isWrite ? 'nothing could be written' : 'no PINGRESP',
  )
  return [keepaliveS > 0 ? { ...end, keepaliveS } : end]
}
