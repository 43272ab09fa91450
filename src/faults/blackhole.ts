import { z } from 'zod'
import { flowsOf } from '../model/flow.ts'
import { direction } from '../model/schema.ts'
import type { Fault, LinkOrder } from './fault.ts'

const options = z.strictObject({
  direction: direction.default('both'),
  /** When what was held goes out after lifting: at TCP's next retransmission, or at that moment. */
  recovery: z.enum(['retransmit', 'at-once']).default('retransmit'),
})
type Params = z.infer<typeof options>

type Add = Extract<LinkOrder, { do: 'add' }>

/**
 * The path is dead and nobody is told: bytes and FIN are held, RST is lost. When lifted, what was held goes out in
 * order. In one direction only, the other goes on; but no connection can be opened, since a handshake needs both.
 */
function toxics({ direction, recovery }: Params): Add[] {
  const add = { to: 'link', do: 'add', toxic: 'blackhole' } as const
  const path: Add = { ...add, key: 'path', attributes: { recovery, holds: 'everything' }, flows: flowsOf(direction) }
  const opening: Add = { ...add, key: 'opening', attributes: { recovery, holds: 'opening' }, flows: ['up'] }
  return direction === 'down' ? [path, opening] : [path]
}

export const blackhole: Fault<Params> = {
  name: 'blackhole',
  summary: 'the path is dead and nobody is told: bytes and FIN are held, RST is lost',
  options,
  holds: 'order',
  on: toxics,
  off: params => toxics(params).map(({ key }) => ({ to: 'link', do: 'remove', key })),
}
