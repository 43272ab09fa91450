import { expect, test } from 'vitest'
import { linkingOf, scriptOf } from '../../../src/labs/accelerated/reach.ts'

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
