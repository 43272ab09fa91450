import type { EvidenceHeader, PeerVersion } from '../../model/evidence.ts'
import { type BrokerMeasurement, type ClientMeasurement, MEASURED, type Profile } from '../../model/profile.ts'
import { brokersAlike } from './brokers.ts'
import { clientsAlike } from './clients.ts'
import { familyOf } from './peer.ts'

/** A measured profile that gives a window, and what speaks against it; `undefined` for nothing. */
export interface InUse<P extends Profile> {
  readonly profile: P
  readonly doubt: string | undefined
}

/**
 * The profile that speaks of this client: the one that its scenario names, else one that was given for all and is of the
 * same name and family of versions.
 *
 * None for a model that is made of a profile: judged by the same figures it could only agree with itself
 * (docs/decisions/012-measured-profiles.md).
 */
export const clientMeasurement = (header: EvidenceHeader): InUse<ClientMeasurement> | undefined => {
  const { client, profiles = [] } = header.scenario
  return inUse(header.client, client, profiles.filter(isOfClient), clientsAlike)
}

/** As `clientMeasurement`. */
export const brokerMeasurement = (header: EvidenceHeader): InUse<BrokerMeasurement> | undefined => {
  const { broker, profiles = [] } = header.scenario
  return inUse(header.broker, broker, profiles.filter(isOfBroker), brokersAlike)
}

const isOfClient = (profile: Profile): profile is ClientMeasurement => profile.role === 'client'
const isOfBroker = (profile: Profile): profile is BrokerMeasurement => profile.role === 'broker'

/** What a source adds where the peer is a model that is made of a profile. */
export const NOT_ITSELF = 'a model is not judged by the profile that it is made of'

export const isMadeOfProfile = ({ name }: { readonly name: string }): boolean => name === MEASURED

type Alike = (measured: PeerVersion, peer: PeerVersion) => boolean

function inUse<P extends Profile>(
  peer: PeerVersion,
  choice: { readonly name: string; readonly profile?: P },
  forAll: readonly P[],
  alike: Alike,
): InUse<P> | undefined {
  if (isMadeOfProfile(choice)) return undefined
  if (choice.profile) return { profile: choice.profile, doubt: doubtOf(choice.profile, peer, choice.name) }
  const fitting = forAll.filter(profile => speaksOf(profile, peer, alike))
  const profile = fitting.find(({ version }) => version === peer.version) ?? fitting[0]
  return profile && { profile, doubt: doubtOf(profile, peer, choice.name) }
}

/** One that was seen under a name that says nothing (`command`) speaks only of whom a scenario gives it to. */
function speaksOf(profile: Profile, peer: PeerVersion, alike: Alike): boolean {
  return !profile.seenAs && alike(profile, peer)
}

/**
 * Figures of another version may still be right, but whoever reads the verdict has to know. An external broker may say what
 * it is, and then evidence has another name for it than the scenario.
 */
function doubtOf(profile: Profile, peer: PeerVersion, chosen: string): string | undefined {
  const { name, version } = profile.seenAs ?? profile
  const sameName = familyOf(name) === familyOf(peer.name) || name === chosen
  if (sameName && version === peer.version) return undefined
  return `this is ${peer.name} ${peer.version}, not the ${name} ${version} that was measured`
}
