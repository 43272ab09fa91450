import { type Duration, keepalives, resolveDuration } from '../model/duration.ts'

/**
 * How long after a cut a peer is watched before it is said never to notice. 3K: Paho Java, while it publishes, gives up about 3K
 * after its last answer (docs/ratios.md). 15 s: Paho Go waits 10 s for an answer whatever K, and looks every 5 s at most
 * (profiles/clients.ts); Mosquitto closes up to 7 s after 1.5K (profiles/brokers.ts).
 */
const NOTICE: Duration = keepalives(3, 15_000)

export const noticeMs = (keepaliveMs: number): number => resolveDuration(NOTICE, keepaliveMs)
