// What a megabyte of hostile text costs where it is matched; 100 ms are the most that any may.

import { redactor, redactSource, redactText } from '../build/evidence/redact.js'
import { codeFrame } from '../build/scenario/format.js'
import { harmless } from '../build/text/harmless.js'

const MEGABYTE = 1 << 20
const TEXTS = {
  letters: 'a',
  spaces: ' ',
  '?token': '?token',
  '://': 'a://',
  TOKEN: 'TOKEN',
  passwords: 'password: "',
  options: ' --password ',
  'new lines': '\n',
}
const MATCHERS = {
  redactText,
  redactSource,
  "a program's line": redactor(['s3cret', 'another secret']),
  harmless,
  'a code frame': text => codeFrame(`${text} `, { line: 1, column: 1, linesAbove: 1, linesBelow: 1 }),
}

export function matching() {
  console.log('matching: ms for 1 MB, the worst of these texts (100 allowed)')
  for (const [name, match] of Object.entries(MATCHERS)) {
    const took = Object.entries(TEXTS).map(([kind, piece]) => {
      const text = piece.repeat(MEGABYTE / piece.length)
      match(text.slice(0, 1000))
      const start = process.cpuUsage()
      match(text)
      return { kind, ms: process.cpuUsage(start).user / 1000 }
    })
    const worst = took.sort((a, b) => b.ms - a.ms)[0]
    console.log(`  ${name.padEnd(16)} ${worst.ms.toFixed(0).padStart(5)}  ${worst.kind}`)
  }
}
