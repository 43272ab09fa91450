import { basename } from 'node:path'
import { agreementOf } from '../../figures/agreement.ts'
import { lineText, timeWithin } from '../../figures/ratio-words.ts'
import { type Duration, formatMs } from '../../model/duration.ts'
import type { MeasuredFit } from '../../model/peer-figures.ts'
import type { Profile } from '../../model/profile.ts'
import { lineAt } from '../../timing/profiles/bounds.ts'
import type { CalibratedPeer } from './calibrated-peer.ts'

/** What two measurements of the same peer may differ by, beyond how far each of them may be off: 0.02K, and what a busy machine adds. */
const TOLERANCE: Duration = { k: 0.02, ms: 100 }
/** Of the period at which a peer looks: half a second, or a tenth of it. */
const GRANULARITY_MS = 500
const GRANULARITY_PART = 0.1

/** Each as a sentence. */
interface ProfileDrift {
  /** In what the peer has changed since the profile was made. */
  readonly changed: readonly string[]
  /** Where it may have: the margins of the two measurements reach over the edge of what may be. */
  readonly unclear: readonly string[]
}

export function driftOf(old: Profile, now: Profile): ProfileDrift {
  const keepalivesS = comparable(old.keepalivesS, now.keepalivesS)
  const figures = new Map(fitsOf(now))
  const found = [
    ...fitsOf(old).flatMap(([what, was]) => {
      const is = figures.get(what)
      return is === undefined ? [] : fitDrift(what, [was, is], [old, now], keepalivesS)
    }),
    ...granularity(old, now),
    ...words(old, now),
  ]
  const of = (kind: Finding['kind']) => found.flatMap(({ kind: is, text }) => (is === kind ? [text] : []))
  return { changed: of('changed'), unclear: of('unclear') }
}

interface Finding {
  readonly kind: 'changed' | 'unclear'
  readonly text: string
}

/** Where both lines rest on points; if nowhere, then wherever one of them does. */
function comparable(a: readonly number[], b: readonly number[]): readonly number[] {
  const all = [...new Set([...a, ...b])]
  const [from, to] = [Math.max(Math.min(...a), Math.min(...b)), Math.min(Math.max(...a), Math.max(...b))]
  const both = all.filter(keepaliveS => keepaliveS >= from && keepaliveS <= to)
  return both.length > 0 ? both : all
}

type NamedFit = readonly [what: string, fit: MeasuredFit | 'never']

const fitsOf = (profile: Profile): readonly NamedFit[] =>
  profile.role === 'broker'
    ? [['its close after the last packet', profile.afterLastPacket]]
    : [
        ['its giving up after the last answer', profile.afterAnswer],
        ['its ping', profile.ping],
        ...(profile.whilePublishing ? [['its giving up while publishing', profile.whilePublishing] as const] : []),
      ]

function fitDrift(
  what: string,
  [was, is]: readonly [MeasuredFit | 'never', MeasuredFit | 'never'],
  profiles: readonly [Profile, Profile],
  keepalivesS: readonly number[],
): readonly Finding[] {
  const told = `${what} was ${figure(was)} and is ${figure(is)}`
  if (was === 'never' || is === 'never') return was === is ? [] : [{ kind: 'changed', text: told }]
  const apart = keepalivesS.map(keepaliveS => ({
    keepaliveS,
    byMs: Math.abs(lineAt(was, keepaliveS * 1000) - lineAt(is, keepaliveS * 1000)),
    mayMs: TOLERANCE.k * keepaliveS * 1000 + TOLERANCE.ms,
    offMs: offMs(was, profiles[0], keepaliveS) + offMs(is, profiles[1], keepaliveS),
  }))
  const [worst] = apart
    .filter(({ byMs, mayMs }) => byMs > mayMs)
    .toSorted((a, b) => b.byMs - b.mayMs - b.offMs - (a.byMs - a.mayMs - a.offMs))
  if (!worst) return []
  const { keepaliveS, byMs, mayMs, offMs: marginMs } = worst
  const text = `${told}: ${formatMs(byMs)} apart at K = ${keepaliveS} s, where ${formatMs(mayMs)} may be`
  if (agreementOf(byMs, marginMs, mayMs) === 'drifted') return [{ kind: 'changed', text }]
  return [{ kind: 'unclear', text: `${text}, and both are known to ${formatMs(Math.round(marginMs))} together only` }]
}

/** How far a line may be off at a keep-alive. A file of before does not tell: by as much as its detections lie apart. */
const offMs = ({ withinK, withinMs }: MeasuredFit, { spreadMs }: Profile, keepaliveS: number): number =>
  withinK === undefined || withinMs === undefined ? spreadMs : withinK * keepaliveS * 1000 + withinMs

function granularity(old: Profile, now: Profile): readonly Finding[] {
  const [was, is] = [old.granularityMs, now.granularityMs]
  const mayMs = Math.max(GRANULARITY_MS, GRANULARITY_PART * was)
  const text = `its granularity was ${granularityText(old)} and is ${granularityText(now)}`
  const marginMs = (old.granularityWithinMs ?? 0) + (now.granularityWithinMs ?? 0)
  const agreement = agreementOf(was - is, marginMs, mayMs)
  return agreement === 'same' ? [] : [{ kind: agreement === 'drifted' ? 'changed' : 'unclear', text }]
}

/** What could not be told now is no change. */
function words(old: Profile, now: Profile): readonly Finding[] {
  if (old.role !== 'client' || now.role !== 'client') return []
  const [was, is] = [old.serverKeepAlive, now.serverKeepAlive]
  if (was === is || was === 'unknown' || is === 'unknown') return []
  return [{ kind: 'changed', text: `Server Keep Alive was ${was} and is ${is}` }]
}

/** `1.50K`, `1.50K ±0.02 + 0.37 s ±0.05 s`, `never`. */
const figure = (fit: MeasuredFit | 'never'): string => (fit === 'never' ? fit : lineText(fit))

const granularityText = ({ granularityMs, granularityWithinMs }: Profile): string =>
  timeWithin(granularityMs, granularityWithinMs)

/** What was found, in a few lines. */
export function foundText(profile: Profile): string {
  const { name, version, role, keepalivesS, samples, lab } = profile
  const rows = [...(profile.role === 'client' ? clientRows(profile) : brokerRows(profile)), ...commonRows(profile)]
  const widest = Math.max(...rows.map(([what]) => what.length))
  const head = `${name} ${version}, a ${role}, at K = ${keepalivesS.join(', ')} s, ${samples} detections${lab === undefined ? '' : `, ${lab}`}`
  return `${head}\n${rows.map(([what, value]) => `  ${what.padEnd(widest)}  ${value}\n`).join('')}`
}

type Row = readonly [what: string, value: string]

function clientRows(profile: Extract<Profile, { role: 'client' }>): readonly Row[] {
  const { afterAnswer, ping, whilePublishing, serverKeepAlive, told } = profile
  return [
    ['gives up', `${figure(afterAnswer)} after the last answer`],
    ...(whilePublishing ? [['publishing', figure(whilePublishing)] as const] : []),
    ['pings', `every ${figure(ping)}`],
    ['Server Keep Alive', serverKeepAlive],
    ...(told === undefined ? [] : [['tells', told] as const]),
  ]
}

const brokerRows = ({ afterLastPacket, scanMs }: Extract<Profile, { role: 'broker' }>): readonly Row[] => [
  ['closes', `${figure(afterLastPacket)} after the last packet, at the earliest`],
  ...(scanMs === undefined ? [] : [['looks', `every ${formatMs(scanMs)}`] as const]),
]

const commonRows = (profile: Profile): readonly Row[] => [
  ...(profile.role === 'broker' ? [['granularity', granularityText(profile)] as const] : []),
  ['spread', formatMs(profile.spreadMs)],
]

/** The lines of a scenario that use the file. Values of options are left out: they may be secrets. */
export function usageText(subject: CalibratedPeer, profile: Profile, file: string): string {
  const path = `./${basename(file)}`
  const own = subject.given.map(key => `, ${key}: ...`).join('')
  const keepalive = subject.role === 'client' ? `, keepalive: ${profile.keepalivesS[0]}s` : ''
  const lines = [
    'A scenario beside it uses it so:',
    `  ${subject.role}: { name: ${subject.name}${own}${keepalive}, profile: ${path} }`,
    'and so it stands in for the peer itself, in the lab simulated too:',
    `  ${subject.role}: { name: measured${keepalive}, profile: ${path} }`,
  ]
  if (!subject.isNameless) lines.push('For every scenario with this peer:', `  halfopen run --profile ${file}`)
  return `${lines.join('\n')}\n`
}
