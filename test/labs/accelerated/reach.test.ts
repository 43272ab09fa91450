import { expect, test } from 'vitest'
import { linkingOf, otherSetting, scriptOf } from '../../../src/labs/accelerated/reach.ts'
import { otherSpeed } from '../../../src/processes/faketime.ts'

/** A program's head: 64 bits, little-endian, with an interpreter or without. elf(5). */
function elf(interpreter?: string): Buffer {
  const head = Buffer.alloc(512)
  head.write('\x7fELF', 0, 'latin1')
  head[4] = 2
  head[5] = 1
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(2, 56)
  head.writeUInt32LE(1, 64)
  if (interpreter === undefined) return head
  head.writeUInt32LE(3, 64 + 56)
  head.writeBigUInt64LE(300n, 64 + 56 + 8)
  head.write(interpreter, 300, 'latin1')
  return head
}

test('what has no interpreter is static, and musl is told from glibc', () => {
  expect(linkingOf(elf())).toBe('static')
  expect(linkingOf(elf('/lib/ld-musl-x86_64.so.1'))).toBe('musl')
  expect(linkingOf(elf('/lib64/ld-linux-x86-64.so.2'))).toBe('dynamic')
})

test('what is no program is no ELF file, whatever it holds', () => {
  expect(linkingOf(Buffer.from('#!/bin/sh\n'))).toBeUndefined()
  expect(linkingOf(Buffer.alloc(0))).toBeUndefined()
  expect(linkingOf(Buffer.alloc(64))).toBeUndefined()
})

test('the interpreter of a script is the first word of its first line', () => {
  expect(scriptOf(Buffer.from('#!/usr/bin/python3 -u\nimport time\n'))).toBe('/usr/bin/python3')
  expect(scriptOf(Buffer.from('#! /bin/sh\n'))).toBe('/bin/sh')
  expect(scriptOf(elf())).toBeUndefined()
})

test('the environment that a process was started with tells its speed', () => {
  expect(otherSetting('A=1\0FAKETIME=+0 x50\0', false, 50)).toBeUndefined()
  expect(otherSetting('A=1\0FAKETIME=+0 x10\0', false, 50)).toBe('it was started with FAKETIME=+0 x10, not +0 x50')
  expect(otherSetting('A=1\0', false, 50)).toBe('it was started without FAKETIME')
  expect(otherSetting('HALFOPEN_SPEED=50\0', true, 50)).toBeUndefined()
  expect(otherSetting('HALFOPEN_SPEED=20\0', true, 50)).toBe('it was started with HALFOPEN_SPEED=20, not 50')
  // It has not come so far yet, or is none of ours to read.
  expect(otherSetting('', false, 50)).toBeUndefined()
})

test('a clock that runs at another speed than the lab is told from one that is read late', () => {
  expect(otherSpeed(300_000, [5990, 6010], 50)).toBeUndefined()
  expect(otherSpeed(300_000, [5700, 6300], 50)).toBeUndefined()
  expect(otherSpeed(330_000, [5990, 6010], 50)).toBe('counted 330 s while the lab counted 300 s')
  expect(otherSpeed(6000, [5990, 6010], 50)).toBe('counted 6 s while the lab counted 300 s')
  // In whole seconds, of a short time.
  expect(otherSpeed(9000, [200, 200], 50, 1000)).toBeUndefined()
})
