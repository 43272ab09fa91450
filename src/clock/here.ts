import { turns } from './turns.ts'

/** How late this thread may notice what comes from outside. */
export const here = turns()
