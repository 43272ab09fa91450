import { plural } from '../../text/words.ts'
import { type Cause, Scales } from '../cause.ts'
import { spreadWords } from '../dates.ts'
import { lifeOf, numbers } from '../log-facts.ts'
import type { SessionRecord } from '../session-summary.ts'

/** [MQTT-3.1.4-2] of MQTT 3.1.1: a second CONNECT with a client id ends the first connection. */
export const sameId: Cause = {
  name: 'same-client-id',
  weigh({ takenOver, keepaliveS = 0, atLeast, clients }) {
    if (takenOver.length < atLeast) return undefined
    const scales = new Scales('two devices with the same client id, which throw each other out', 3)
    const lives = numbers(takenOver, lifeOf)
    const moved = takenOver.filter(({ ip, nextIp }) => ip !== undefined && nextIp !== undefined && ip !== nextIp)
    const ips = [...new Set(moved.flatMap(({ ip, nextIp }) => [ip ?? '', nextIp ?? '']))]
    const returns = returnsIn(takenOver)
    const kicked = `each new connection ended the one before, ${spreadWords(lives)} old (${plural(takenOver.length, 'time')})`
    if (returns >= 2 && moved.length >= takenOver.length / 2)
      scales
        .pro(
          6,
          `one client id from ${plural(ips.length, 'address')} in turn (${ips.slice(0, 4).join(', ')})`.replace(
            'addresss',
            'addresses',
          ),
        )
        .pro(0, kicked)
    else if (moved.length >= takenOver.length / 2)
      scales
        .pro(1, `one client id from ${ips.length} addresses, one after the other`)
        .contra(1, 'it does not come back to an address that it left: a device whose address changes does so as well')
    else weighOneAddress(scales, takenOver, keepaliveS, kicked)
    return scales.done({
      advice: [`give each device a client id of its own: '${clients[0]?.id ?? ''}' is used twice`],
      next: [
        'the MAC address or the serial number behind each address: are they two devices?',
        'switch one of them off: does it stop?',
      ],
    })
  },
}

/** How often the address is one that was left before. */
function returnsIn(takenOver: readonly SessionRecord[]): number {
  const seen = new Set<string>()
  let returns = 0
  for (const { ip, nextIp } of takenOver) {
    if (ip === undefined || nextIp === undefined || ip === nextIp) continue
    seen.add(ip)
    if (seen.has(nextIp)) returns++
  }
  return returns
}

/** Behind one address (a NAT, one machine) the times tell: who lost its path is not back before it missed an answer. */
function weighOneAddress(
  scales: Scales,
  takenOver: readonly SessionRecord[],
  keepaliveS: number,
  kicked: string,
): void {
  const since = numbers(takenOver, each => each.lagMs ?? lifeOf(each))
  const quick = keepaliveS > 0 ? since.filter(ms => ms < 850 * keepaliveS) : since.filter(ms => ms < 20_000)
  if (quick.length >= 0.7 * takenOver.length) {
    scales.pro(
      3,
      `${kicked}, all from one address, sooner than K = ${keepaliveS} s, before a client could miss the answer to a ping`,
    )
    scales.contra(0, 'a single program that restarts or reconnects without closing looks the same from one address')
  } else scales.contra(2, 'all from one address, no sooner than a client that lost its path comes back')
}
