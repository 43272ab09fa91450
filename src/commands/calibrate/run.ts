import { type MeasureOrder, type MeasurePeer, NeverGaveUp } from '../../figures/measured-peer.ts'
import type { Profile } from '../../model/profile.ts'
import { readProfiles } from '../../terminal/choose.ts'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { requireWritable, saveFile } from '../../terminal/files.ts'
import { labText } from '../../terminal/measuring-lab.ts'
import { theCatalog } from '../../terminal/project.ts'
import { requireDescriptors } from '../../terminal/require.ts'
import { complain } from '../../terminal/say.ts'
import { unlessStopped, untilStopped } from '../../terminal/stop.ts'
import { openTerminal, type Terminal } from '../../terminal/terminal.ts'
import { harmless } from '../../text/harmless.ts'
import { messageOf } from '../../text/message-of.ts'
import { type CalibratedPeer, labOf, orderFor, speedOf, subjectOf } from './calibrated-peer.ts'
import { driftOf, foundText, usageText } from './calibration-drift.ts'
import { faultsOf, PROFILE_REMEDY, profileOf, profileText } from './measured-profile.ts'
import type { CalibrateOptions } from './options.ts'

/** 1525 were open while Aedes was measured. */
const MOST_DESCRIPTORS = 1800

/** `halfopen calibrate`: measures a peer and writes its profile, or holds it against one that was written. Its exit code. */
export async function calibrate(options: CalibrateOptions, measure?: MeasurePeer): Promise<number> {
  const subject = subjectOf(options)
  // Read before it is measured: a slip in a path should not cost a minute.
  const old = options.check === undefined ? undefined : profileToCheck(options.check, subject)
  const order = orderFor(subject, options, old)
  const speed = speedOf(options, order)
  requireDescriptors(MOST_DESCRIPTORS)
  if (!old) await requireWritable([options.out])
  const terminal = await openTerminal()
  return untilStopped(async ({ signal }) => {
    const profile = await measured(subject, order, options, { terminal, signal, measure, old, speed })
    if (typeof profile === 'number') return profile
    terminal.print(foundText(harmless(profile)))
    return old ? heldAgainst(old, profile, terminal) : await written(subject, profile, options, terminal)
  })
}

function profileToCheck(file: string, { role, name }: CalibratedPeer): Profile | undefined {
  const [profile] = readProfiles('--check', [file])
  if (profile && profile.role !== role)
    throw new Complaint(`error: --check: ${file} is the profile of a ${profile.role}; ${name} is a ${role}`, EXIT.usage)
  return profile
}

interface Measuring {
  readonly terminal: Terminal
  readonly signal: AbortSignal
  readonly measure: MeasurePeer | undefined
  /** What it is held against; absent: a new profile is made. */
  readonly old: Profile | undefined
  /** How many times as fast as the machine's the time of the lab is. */
  readonly speed: number
}

/** The profile of a good measurement; else an exit code, with the reasons told. */
async function measured(
  subject: CalibratedPeer,
  order: MeasureOrder,
  { name, peerVersion, lab: labName }: CalibrateOptions,
  { terminal, signal, measure, old, speed }: Measuring,
): Promise<Profile | number> {
  const refuse = (reasons: readonly string[], remedy = ''): number => {
    complain(`no profile of ${subject.name}:\n${reasons.map(reason => `  ${reason}\n`).join('')}${remedy}`)
    return EXIT.inconclusive
  }
  const measurePeer = measure ?? (await import('../../figures/measure-peer.ts')).measurePeer
  const { openLab, peersIn } = theCatalog()
  const place = labOf(labName)
  await using lab = openLab(place, speed === 1 ? {} : { speed: String(speed) })
  const progress = (done: number, total: number) => {
    if (terminal.redraws) terminal.live(`measuring ${subject.name}: ${done} of ${total} runs`)
  }
  try {
    const peers = peersIn(place)
    const peer = await unlessStopped(measurePeer(order, { lab, speed, peers, signal, progress }), { signal })
    const faults = faultsOf(peer)
    const naming = {
      ...(name === undefined ? {} : { name }),
      ...(peerVersion === undefined ? {} : { version: peerVersion }),
      ...(speed === 1 ? {} : { lab: labText(place, speed) }),
      isNameless: subject.isNameless,
      // Where it says which library it is, evidence knows that one's version.
      isUnversioned: subject.isUnversioned && peer.name === subject.name,
    }
    return (faults.length === 0 ? profileOf(peer, naming) : undefined) ?? refuse(faults, `${PROFILE_REMEDY}\n`)
  } catch (error) {
    signal.throwIfAborted()
    if (old && error instanceof NeverGaveUp) return differing(old, [error.message], terminal)
    return refuse([messageOf(error)])
  } finally {
    if (terminal.redraws) terminal.live('')
  }
}

async function written(
  subject: CalibratedPeer,
  profile: Profile,
  { out }: CalibrateOptions,
  terminal: Terminal,
): Promise<number> {
  const file = out ?? `${profile.name.replace(/[^\w.-]+/g, '-')}.profile.json`
  const [trouble] = await saveFile(file, async () => profileText(profile))
  if (trouble !== undefined) throw new Complaint(`error: the profile ${trouble}`, EXIT.inconclusive)
  terminal.print(`wrote ${file}\n\n${usageText(subject, profile, file)}`)
  return EXIT.pass
}

function heldAgainst(old: Profile, now: Profile, terminal: Terminal): number {
  const { changed, unclear } = driftOf(old, now)
  if (changed.length > 0) return differing(old, changed, terminal)
  if (unclear.length > 0) {
    const sentences = unclear.map(sentence => `  ${sentence}\n`).join('')
    terminal.print(`can't tell whether as in ${titleOf(old)}:\n${sentences}${PROFILE_REMEDY}\n`)
    return EXIT.inconclusive
  }
  terminal.print(`as in ${titleOf(old)}\n`)
  return EXIT.pass
}

function differing(old: Profile, drift: readonly string[], terminal: Terminal): number {
  terminal.print(`not as in ${titleOf(old)}:\n${drift.map(sentence => `  ${sentence}\n`).join('')}`)
  return EXIT.failed
}

const titleOf = ({ name, version, measured: date }: Profile): string =>
  `the profile of ${name} ${version}, measured ${date.slice(0, 10)}`
