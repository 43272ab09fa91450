/**
 * As suite.ts, for virtual time. In a thread of its own: a simulation keeps its thread busy, and what is played in real
 * time beside it would be dated late.
 */
import { playOrder } from './play-order.ts'

await playOrder('virtual')
