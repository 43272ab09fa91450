import type { LabKind } from './lab.ts'
import { local } from './local.ts'

export const labs: ReadonlyMap<string, LabKind> = new Map([local].map(lab => [lab.name, lab]))
