/**
 * Set up before each file of the project `fast`: what it reckons on a processor, tests that measure beside it must not wait for.
 */
import { setPriority } from 'node:os'

/** The least urgent that there is. Windows calls it idle. */
const LEAST = 19

setPriority(LEAST)
