import { realClock } from '../../clock/real.ts'
import { harmless } from '../../text/harmless.ts'

/** Silence is worse than waiting: after this long it is said what is being waited for. */
const PATIENCE_MS = 6000
/** The images are 10 to 60 MB. */
const LIMIT_MS = 300_000

/** Waits, but not in silence. `remedy` is what would make it needless. */
export async function inTime(act: Promise<unknown>, what: string, remedy: string): Promise<void> {
  const clock = realClock()
  const cancelNotice = clock.at(PATIENCE_MS, () =>
    process.stderr.write(`${harmless(`halfopen: still ${what}; to use another, ${remedy}`)}\n`),
  )
  let cancelLimit = () => {}
  const limit = new Promise<never>((_, reject) => {
    cancelLimit = clock.at(LIMIT_MS, () => reject(new Error(`${what} took more than ${LIMIT_MS / 60_000} minutes`)))
  })
  try {
    await Promise.race([act, limit])
  } finally {
    cancelNotice()
    cancelLimit()
  }
}
