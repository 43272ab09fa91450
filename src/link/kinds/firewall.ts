import { firewallFrom } from './firewall/firewall-kind.ts'
import type { FirewallOptions } from './firewall/options.ts'
import type { LinkKind } from './link.ts'

/** Elsewhere there are no two networks to stand between. */
export const firewall: LinkKind<FirewallOptions> = firewallFrom({
  open: async () => {
    throw new Error('the link firewall is only in the lab netns')
  },
  available: async () => ({ reason: 'the link firewall is only in the lab netns', remedy: 'halfopen run --lab netns' }),
})
