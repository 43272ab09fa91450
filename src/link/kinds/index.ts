import { registry } from '../../model/plugin.ts'
import { embedded } from './embedded.ts'
import { firewall } from './firewall.ts'
import type { LinkKind } from './link.ts'
import { toxiproxy } from './toxiproxy.ts'

export const links = registry<LinkKind>([embedded, toxiproxy, firewall])
