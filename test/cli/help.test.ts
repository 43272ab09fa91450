import { describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'
import { project } from './halfopen.ts'

/** As it is printed, with what stands behind the options. */
function helpOf(name: string): string {
  let text = ''
  const add = (part: string) => {
    text += part
  }
  const root = program()
  const command = root.commands.find(each => each.name() === name)
  command?.configureOutput({ writeOut: add, getOutHelpWidth: () => 80 })
  command?.outputHelp()
  return text
}

const root = program()
const names = root
  .createHelp()
  .visibleCommands(root)
  .map(command => command.name())
  .filter(name => name !== 'help')

describe('the help of every command', () => {
  test.each(names)('%s has an example and the exit codes', name => {
    const text = helpOf(name)
    expect(text).toContain(`halfopen ${name}`)
    expect(text).toMatch(/\bexamples?:\n/i)
    expect(text).toMatch(/^Exit codes?\b/m)
    // A default in the words of the program.
    expect(text).not.toContain('(default: {')
  })

  test('all of them are there', () => {
    expect(names.length).toBeGreaterThan(14)
  })
})

test('halfopen alone prints the help, which is no failure', async () => {
  await using home = await project()
  const { stdout, stderr, exitCode } = await home.run([])
  expect(stdout).toMatch(/^Usage: halfopen/)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})
