import type { Kit } from '../clock/kit.ts'
import { isReal } from '../clock/real.ts'
import { openPart, prepareHost } from '../hosts/host.ts'
import { startWitness, type WitnessSeat } from './mqttjs-witness.ts'
import type { Witness } from './witness.ts'
import type { WitnessArgs } from './witness-part.ts'

const HOST = 'witness'
const PART = new URL('./witness-part.ts', import.meta.url).href

/** Has the process of witnesses ready. */
export const prepareWitness = (): Promise<void> => prepareHost(HOST, PART, undefined)

/** The witness in its process; here, where it needs a network that is no other process's. */
export async function startHostedWitness(seat: WitnessSeat, { clock }: Kit): Promise<Witness> {
  const { record, dial, load, clock: _own, ...args } = seat
  if (dial || !isReal(clock)) return startWitness(seat)
  const part = await openPart({
    host: HOST,
    module: PART,
    args: args satisfies WitnessArgs,
    listener: { clock, record, of: 'witness' },
  })
  return {
    publish(message, seq) {
      part
        .call('publish', message, seq)
        .catch(error => record({ who: 'harness', what: 'trouble', note: error.message }))
    },
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  }
}
