import { safeKeepaliveS } from '../advise/rule.ts'
import { isDead, VARIANTS } from './observation.ts'
import type { Report } from './text.ts'

/**
 * The answer of a probe for programs. All lengths in milliseconds; `null`: not known, or none. `verdict`:
 *
 * - `idle-timeout`: T lies between `alive_ms` and `dead_ms`; `max-age`: connections end at `max_age_ms`, however busy;
 * - `broker`: the broker's own 1.5K; `none`: no time-out up to `alive_ms`; `unknown`: nothing is known.
 */
export function reportJson({
  target,
  findings,
  longestMs,
  keepaliveS,
  connections,
  tookMs,
  partial,
  skipped,
  tls,
}: Report): string {
  const { aliveMs, deadMs, dead, byBroker, maxAge, pool, refreshedBy, tcpKeepsAlive, contradicts, byVariant } = findings
  const verdict = dead ? (byBroker ? 'broker' : maxAge ? 'max-age' : 'idle-timeout') : aliveMs > 0 ? 'none' : 'unknown'
  const safeS = verdict === 'idle-timeout' || verdict === 'none' ? safeKeepaliveS(aliveMs) : 0
  return `${JSON.stringify(
    {
      halfopen: 1,
      target,
      verdict,
      alive_ms: Math.round(aliveMs),
      dead_ms: finite(deadMs),
      at_expiry: dead ? dead.outcome.what : null,
      how: dead && 'how' in dead.outcome ? dead.outcome.how : null,
      safe_keepalive_s: safeS > 0 ? safeS : null,
      max_age_ms: maxAge ? Math.round(maxAge.ageMs) : null,
      pool: pool ? { from_ms: Math.round(pool.fromMs), to_ms: Math.round(pool.toMs) } : null,
      refreshed_by: refreshedBy ?? null,
      tcp_keeps_alive: tcpKeepsAlive ?? null,
      contradicts,
      asked: VARIANTS.map(variant => {
        const bounds = byVariant[variant]
        return {
          variant,
          alive_ms: Math.round(bounds.aliveMs),
          dead_ms: finite(bounds.deadMs),
          outcome: bounds.dead && isDead(bounds.dead) ? bounds.dead.outcome : null,
        }
      }),
      longest_ms: longestMs,
      keepalive_s: keepaliveS,
      connections,
      took_ms: Math.round(tookMs),
      tls: tls ?? null,
      partial: partial ?? null,
      skipped,
    },
    null,
    2,
  )}\n`
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? Math.round(ms) : null)
