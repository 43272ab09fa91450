import type { LinkKind } from './link.ts'
import { startChild, toxiproxyAvailable } from './toxiproxy/child.ts'

import { runningFrom, type ToxiproxyOptions, toxiproxyFrom } from './toxiproxy/kind.ts'

import type { Place } from './toxiproxy/place.ts'
import { openRunning, sharedPlace } from './toxiproxy/running.ts'

const child = sharedPlace(startChild)
const running = new Map<string, () => Promise<Place>>()

async function open(options: ToxiproxyOptions): Promise<Place> {
  const there = runningFrom(options)
  if (!there) return child()
  const key = JSON.stringify(options)
  const shared = running.get(key) ?? sharedPlace(() => openRunning(there))
  running.set(key, shared)
  return shared()
}

/** A `toxiproxy-server` on the PATH, started as a child for as long as any run needs it; or, with `url`, the one there. */
export const toxiproxy: LinkKind<ToxiproxyOptions> = {
  ...toxiproxyFrom({
    open,
    available: async options => (options.url === undefined ? toxiproxyAvailable() : true),
  }),
  home: import.meta.url,
}
