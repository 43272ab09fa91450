import { z } from 'zod'
import { FLOWS } from '../model/flow.ts'
import { HANDSHAKE_WAYS } from '../model/schema.ts'
import type { Fault } from './fault.ts'

const options = z.strictObject({
  how: z
    .enum(HANDSHAKE_WAYS)
    .describe(
      'stall: no answer; close, reset: ended after the ClientHello; the others: what is wrong with the certificate',
    ),
})
type Params = z.infer<typeof options>

/** Handshakes of TLS fail, of connections that are opened while it is in force; those that are there go on. */
export const tlsHandshake: Fault<Params> = {
  name: 'tls-handshake',
  summary:
    'handshakes of TLS stall, are ended, or show a certificate that is not to be trusted (link: { tls: inspect })',
  options,
  holds: 'order',
  on: ({ how }) => [{ to: 'link', do: 'add', key: 'handshake', toxic: 'handshake', attributes: { how }, flows: FLOWS }],
  off: () => [{ to: 'link', do: 'remove', key: 'handshake' }],
}
