/**
 * Our JUnit, read as GitLab reads it (gitlab-org/gitlab, lib/gitlab/ci/parsers/test/junit.rb, and Rails' Hash.from_xml, for which an
 * element with a text is that text): what its widget shows of each test, and that none is lost.
 */
import { DOMParser } from 'linkedom'
import { expect, test } from 'vitest'
import { reporters } from '../../src/reporters/index.ts'
import { everything, look, passed, planOf, suiteOf } from './reports.ts'

interface GitLabCase {
  readonly status: 'success' | 'failed' | 'error' | 'skipped'
  readonly key: string
  readonly classname: string | null
  readonly file: string | null
  readonly seconds: number
  readonly output: string | undefined
}

const STATUSES = { failure: 'failed', error: 'error', skipped: 'skipped' } as const

function readByGitLab(xml: string): readonly GitLabCase[] {
  const document = new DOMParser().parseFromString(xml, 'text/xml')
  // One top level of testsuites, and below it suites in any depth; only what is in a suite is a case.
  expect(document.documentElement.tagName).toBe('testsuites')
  return [...document.querySelectorAll('testsuites testsuite > testcase')].map(each => {
    const tag = (['failure', 'error', 'skipped'] as const).find(name => each.querySelector(name))
    return {
      status: tag === undefined ? 'success' : STATUSES[tag],
      key: [each.parentElement?.getAttribute('name'), each.getAttribute('classname'), each.getAttribute('name')].join(
        '_',
      ),
      classname: each.getAttribute('classname'),
      file: each.getAttribute('file'),
      seconds: Number(each.getAttribute('time')),
      output: tag && each.querySelector(tag)?.textContent?.trim(),
    }
  })
}

function junitOf(reports: typeof everything, ended = reports): string {
  const junit = reporters.get('junit') ?? expect.fail()
  return junit.begin(planOf(reports), look()).writer.finished(suiteOf(ended))
}

test('GitLab shows each test with its file, its time, and why it did not pass', () => {
  const cases = readByGitLab(junitOf(everything))
  expect(cases).toHaveLength(everything.length)
  expect(new Set(cases.map(({ status }) => status))).toEqual(new Set(['success', 'failed', 'skipped']))
  for (const { status, classname, file, seconds, output } of cases) {
    expect(file).toMatch(/\.ya?ml$|\.ts$/)
    expect(classname).toBe(file)
    expect(seconds).toBeGreaterThanOrEqual(0)
    if (status !== 'success') expect(output).toMatch(/\w+/)
  }
})

test('and one that did not end', () => {
  const cases = readByGitLab(junitOf(everything, [passed]))
  expect(cases.filter(({ status }) => status === 'error').map(({ output }) => output)).toContain('it did not end')
})

test('none is lost where two scenarios of a file are called the same', () => {
  const at = (line: number) => ({
    ...passed,
    scenario: { ...passed.scenario, position: { ...passed.scenario.position, line } },
  })
  const cases = readByGitLab(junitOf([at(1), at(8), at(20)]))
  expect(new Set(cases.map(({ key }) => key)).size).toBe(3)
  expect(cases[0]?.key).toMatch(new RegExp(`_${passed.scenario.name}$`))
  expect(cases[2]?.key).toMatch(/ \(3\)$/)
})
