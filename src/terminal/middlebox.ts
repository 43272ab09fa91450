import { type AgeBox, ageBoxes } from '../faults/middleboxes/ages.ts'
import { middleboxes } from '../faults/middleboxes/index.ts'
import type { Middlebox } from '../faults/middleboxes/middlebox.ts'
import { formatMs } from '../model/duration.ts'
import { Complaint, EXIT } from './exit.ts'
import { unknownName } from './nearest.ts'

/** The preset that `--middlebox` names, or a complaint with the nearest one. */
export function middleboxNamed(name: string): Middlebox {
  const box = anyBoxNamed(name)
  if ('afterMs' in box) return box
  throw new Complaint(
    `error: --middlebox: ${name} has no idle time-out: it ends every connection at an age of ${formatMs(box.maxAgeMs)}, however busy (${box.source})`,
    EXIT.usage,
  )
}

/** The same, also where it is a box that ends connections at an age. */
export function anyBoxNamed(name: string): Middlebox | AgeBox {
  const box = middleboxes.get(name) ?? ageBoxes.get(name)
  if (!box) throw unknownName('--middlebox', name, [...middleboxes.keys(), ...ageBoxes.keys()])
  return box
}
