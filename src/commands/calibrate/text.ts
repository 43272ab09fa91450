import { basename } from 'node:path'
import { formatMs } from '../../model/duration.ts'
import type { Fit, Profile } from '../../model/profile.ts'
import { lineText, timeWithin } from '../ratios/ratio-words.ts'
import type { Subject } from './subject.ts'

/** `1.50K`, `1.50K ±0.02 + 0.37 s ±0.05 s`, `never`. */
export const figure = (fit: Fit | 'never'): string => (fit === 'never' ? fit : lineText(fit))

export const granularityText = ({ granularityMs, granularityWithinMs }: Profile): string =>
  timeWithin(granularityMs, granularityWithinMs)

/** What was found, in a few lines. */
export function foundText(profile: Profile): string {
  const { name, version, role, keepalivesS, samples } = profile
  const rows = [...(profile.role === 'client' ? clientRows(profile) : brokerRows(profile)), ...commonRows(profile)]
  const widest = Math.max(...rows.map(([what]) => what.length))
  const head = `${name} ${version}, a ${role}, at K = ${keepalivesS.join(', ')} s, ${samples} detections`
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
export function usageText(subject: Subject, profile: Profile, file: string): string {
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
