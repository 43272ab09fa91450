import { describe, expect, test } from 'vitest'
import { inRange } from '../../src/timing/version.ts'

describe('inRange', () => {
  test.each([
    ['2.0.20', '>=2.0.0 <2.0.21', true],
    ['2.0.21', '>=2.0.0 <2.0.21', false],
    ['2.0.9', '>=2.0.10', false],
    ['2.0.11-1.2+deb12u2', '>=2.0.0 <2.0.21', true],
    ['mosquitto version 2.1.2', '>=2.0.21 <3.0.0', true],
    ['5.5.4', '<5.5.5', true],
    ['5.6', '>=5.6.0', true],
    ['5.6.0', '<=5.6', true],
    ['5.6.1', '>5.6', true],
    ['1.2.0', '1.2', true],
    ['unknown', '>=1.0.0', false],
    ['unknown', '*', true],
  ])('%s in %s: %s', (version, range, expected) => expect(inRange(version, range)).toBe(expected))
})
