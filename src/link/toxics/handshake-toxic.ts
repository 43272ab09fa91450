/**
 * What goes wrong in a TLS handshake. A link that ends TLS takes two steps of it through its toxics: the client's `hello` up, and what the
 * broker `agreed` to down. The first may be kept or ended, and to the second may be written which certificate the client is shown.
 */
import { z } from 'zod'
import type { Flow } from '../../model/flow.ts'
import { CERTIFICATE_FLAWS, HANDSHAKE_WAYS } from '../../model/schema.ts'
import { type Item, type Ruling, stepOf, type Toxic, type ToxicRun } from './toxic.ts'

const options = z.strictObject({ how: z.enum(HANDSHAKE_WAYS) })
type Attributes = z.infer<typeof options>

const isOf = (item: Item, step: 'hello' | 'agreed'): boolean => stepOf(item) === step

const isFlaw = (how: Attributes['how']): boolean => CERTIFICATE_FLAWS.some(flaw => flaw === how)

function start({ how }: Attributes): ToxicRun {
  let isStalled = false

  const onHello = (flow: Flow, item: Item): Ruling[] => {
    if (how === 'stall') {
      isStalled = true
      return [{ do: 'hold', flow, item }]
    }
    return [
      { do: 'drop', flow, item },
      { do: 'end', side: 'both', how: how === 'reset' ? 'rst' : 'fin' },
    ]
  }

  const onAgreed = (flow: Flow, item: Item): Ruling[] => {
    const message = item.what === 'records' ? { ...(item.message as object), leaf: how } : undefined
    return [
      { do: 'mark', what: 'touched', note: `shown a certificate that is ${how}` },
      { do: 'pass', flow, item: { ...item, message } as Item, afterMs: 0 },
    ]
  }

  return {
    onItem(flow, item) {
      if (isFlaw(how) ? isOf(item, 'agreed') : isOf(item, 'hello'))
        return isFlaw(how) ? onAgreed(flow, item) : onHello(flow, item)
      // A client that gives up is not kept from saying so: only its handshake is not answered.
      if (isStalled && flow === 'up' && item.what === 'records') return [{ do: 'hold', flow, item }]
      return [{ do: 'pass', flow, item, afterMs: 0 }]
    },
  }
}

export const handshake: Toxic<Attributes> = {
  name: 'handshake',
  summary: "a handshake of TLS stalls, is ended after the ClientHello, or shows a certificate that can't be trusted",
  options,
  readsHandshakes: true,
  start,
}
