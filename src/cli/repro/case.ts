import { usableNames } from '../../commands/compare/axes.ts'
import { peers } from '../../plugins.ts'
import type { Case } from '../../repro/case.ts'
import { evenScales } from '../../scenario/scale.ts'
import { Complaint, EXIT, unknownName } from '../../terminal/exit.ts'
import { keepaliveSeconds, milliseconds } from '../../terminal/options.ts'
import { middleboxNamed } from '../../terminal/profiles.ts'

import type { ReproOptions } from './options.ts'

const WHO = ['broker', 'client', 'none'] as const

/** What the command line asks for, or a complaint. */
export function caseOf(options: ReproOptions): Case {
  if (options.middlebox === undefined)
    throw new Complaint('error: repro needs --middlebox, --from-log or --from-pcap', EXIT.usage)
  const preset = middleboxNamed(options.middlebox)
  const names = usableNames()
  if (!names.clients.includes(options.client)) throw unknownName('--client', options.client, names.clients)
  if (!names.brokers.includes(options.broker)) throw unknownName('--broker', options.broker, names.brokers)
  const publish = WHO.find(who => who === options.publish)
  if (!publish) throw unknownName('--publish', options.publish, WHO)
  const keepaliveS = keepaliveSeconds('--keepalive', options.keepalive)
  if (keepaliveS === 0)
    throw new Complaint(
      'error: --keepalive: with it off nobody ever finds out, so there is no story to tell',
      EXIT.usage,
    )
  if (options.mqtt !== '4' && options.mqtt !== '5') throw new Complaint('error: --mqtt: 4 or 5', EXIT.usage)
  const afterMs = options.after === undefined ? undefined : milliseconds('--after', options.after)
  return {
    box: { ...preset, afterMs: afterMs ?? preset.afterMs },
    ownAfter: afterMs !== undefined,
    keepaliveS,
    client: options.client,
    broker: options.broker,
    ...(options.mqtt === '5' ? { protocol: 5 as const } : {}),
    ...brokerMaxOf(options),
    publish,
    scale: scaleOf(options.scale, keepaliveS),
  }
}

/** Only a broker that has such an option can be played with it. */
function brokerMaxOf({ brokerMax, broker, scale }: ReproOptions): Pick<Case, 'brokerMaxS'> {
  if (brokerMax === undefined) return {}
  const brokerMaxS = keepaliveSeconds('--broker-max', brokerMax)
  if (scale !== undefined)
    throw new Complaint('error: --broker-max: options of the broker are not scaled; leave --scale out', EXIT.usage)
  const options = { max_keepalive: brokerMaxS }
  if (peers.brokers.get(broker)?.options.safeParse(options).success) return { brokerMaxS }
  const able = usableNames().brokers.filter(name => peers.brokers.get(name)?.options.safeParse(options).success)
  throw new Complaint(`error: --broker-max: ${broker} has no max_keepalive; these have: ${able.join(', ')}`, EXIT.usage)
}

/** The same case with the keep-alive of `--fix`. */
export function fixedCase(given: Case, fix: string): Case {
  const keepaliveS = keepaliveSeconds('--fix', fix)
  if (keepaliveS === 0)
    throw new Complaint('error: --fix: 0s turns the keep-alive off, which fixes nothing', EXIT.usage)
  scaleOf(given.scale === 1 ? undefined : `1/${given.scale}`, keepaliveS)
  return { ...given, keepaliveS }
}

function scaleOf(text: string | undefined, keepaliveS: number): number {
  if (text === undefined) return 1
  const scale = Number(/^1\/([1-9]\d*)$/.exec(text.trim())?.[1])
  if (!(scale >= 1)) throw new Complaint(`error: --scale: '${text}' is no scale; write it like 1/50`, EXIT.usage)
  if (keepaliveS % scale === 0) return scale
  const even = evenScales(keepaliveS, scale).map(n => `1/${n}`)
  const instead = even.length === 0 ? '' : ` ${even.join(' and ')} would do.`
  throw new Complaint(
    `error: --scale: 1/${scale} makes the keep-alive of ${keepaliveS} s ${Number((keepaliveS / scale).toFixed(3))} s; MQTT counts whole seconds.${instead}`,
    EXIT.usage,
  )
}
