import { middleboxes } from '../middleboxes/index.ts'
import type { Middlebox } from '../middleboxes/middlebox.ts'
import { unknownName } from './nearest.ts'

/** The preset that `--middlebox` names, or a complaint with the nearest one. */
export function middleboxNamed(name: string): Middlebox {
  const box = middleboxes.get(name)
  if (!box) throw unknownName('--middlebox', name, [...middleboxes.keys()])
  return box
}
