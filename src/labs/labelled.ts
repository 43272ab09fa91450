import type { PeerVersion } from '../model/evidence.ts'

interface Kind {
  readonly name: string
  readonly family?: string
  readonly model?: true
}

/** What evidence says of a peer: a model is never shown without saying so. */
export const labelled = ({ name, family = name, model }: Kind, version: string): PeerVersion => ({
  name: family,
  version,
  ...(model ? { model } : {}),
})
