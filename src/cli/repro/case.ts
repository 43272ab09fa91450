import type { Case } from '../../repro/case.ts'
import { evenScales } from '../../scenario/scale.ts'
import { usableNames } from '../compare/names.ts'
import { Complaint, EXIT } from '../exit.ts'
import { keepaliveSeconds, milliseconds } from '../lengths.ts'
import { middleboxNamed } from '../middlebox.ts'
import { unknownName } from '../nearest.ts'
import type { ReproOptions } from './options.ts'

const WHO = ['broker', 'client', 'none'] as const

/** What the command line asks for, or a complaint. */
export function caseOf(options: ReproOptions): Case {
  if (options.middlebox === undefined) throw new Complaint('error: repro needs --middlebox, or --from-log', EXIT.usage)
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
  const afterMs = options.after === undefined ? undefined : milliseconds('--after', options.after)
  return {
    box: { ...preset, afterMs: afterMs ?? preset.afterMs },
    ownAfter: afterMs !== undefined,
    keepaliveS,
    client: options.client,
    broker: options.broker,
    publish,
    scale: scaleOf(options.scale, keepaliveS),
  }
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
