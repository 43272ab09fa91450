import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { GITHUB_WORKFLOW, GITLAB_JOBS } from '../src/commands/init/run.ts'
import { runCommand } from '../src/commands/run/command.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8')

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
  readonly shell?: string
  readonly if?: string
  readonly with?: Record<string, unknown>
  readonly env?: Record<string, string>
}

test.each([
  ['--github', GITHUB_WORKFLOW],
  ['--gitlab', GITLAB_JOBS],
])('what init %s writes is what docs/ci.md shows', (_, text) => {
  expect(parse(text)).toBeTypeOf('object')
  expect(read('docs/ci.md')).toContain(`\`\`\`yml\n${text}\`\`\``)
})

test('every artifact of .halfopen is told to be taken although it is hidden', () => {
  for (const text of [GITHUB_WORKFLOW, read('.github/workflows/ci.yml'), read('action.yml')]) {
    const uploads = [...text.matchAll(/uses: actions\/upload-artifact@v\d+/g)]
    expect(uploads.length).toBeGreaterThan(0)
    expect([...text.matchAll(/include-hidden-files: true/g)]).toHaveLength(uploads.length)
  }
})

test('no workflow of ours may write, but for the identity that a release is published with', () => {
  for (const file of ['ci', 'release']) {
    const { permissions, jobs } = parse(read(`.github/workflows/${file}.yml`))
    expect(permissions).toEqual({ contents: 'read' })
    for (const job of Object.values<{ permissions?: object }>(jobs))
      expect([undefined, { contents: 'read', 'id-token': 'write' }]).toContainEqual(job.permissions)
  }
})

describe('action.yml', () => {
  const action = parse(read('action.yml'))
  const steps = action.runs.steps as readonly Step[]
  const text = JSON.stringify(steps)

  test('uses each of its inputs, and none that it has not', () => {
    const used = [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name)
    expect([...new Set(used)].sort()).toEqual(Object.keys(action.inputs).sort())
    for (const [name, { description }] of Object.entries<{ description: string }>(action.inputs))
      expect(description, name).toBeTruthy()
  })

  test('hands what comes from outside to its scripts as variables only, since they would run what stands in it', () => {
    for (const { run = '', shell } of steps) {
      expect(run).not.toContain('${{')
      expect(shell === 'bash').toBe(run !== '')
    }
  })

  test('calls run with options that there are', () => {
    const root = new Command()
    runCommand(root)
    const known = root.commands[0]?.options.map(({ long }) => long) ?? []
    const line = steps.find(({ name }) => name === 'Run')?.run ?? ''
    const asked = [...line.matchAll(/(?:^|[\s(])(--[a-z]+)/g)].map(([, option]) => option)
    expect(asked.filter(option => option !== '--no' && !known.includes(option))).toEqual([])
    expect(asked.length).toBeGreaterThan(5)
  })
})

test('the component of GitLab declares the inputs that it uses', () => {
  const [spec, jobs] = parseAllDocuments(read('templates/halfopen.yml')).map(document => document.toJS())
  const used = [...read('templates/halfopen.yml').matchAll(/\$\[\[ inputs\.(\w+) \]\]/g)].map(([, name]) => name)
  expect([...new Set(used)].sort()).toEqual(Object.keys(spec.spec.inputs).sort())
  expect(jobs.halfopen.script.join('\n')).toContain('--shard auto')
})

test('the Kubernetes job tells as many shards as it has completions', () => {
  const job = parseAllDocuments(read('deploy/kubernetes/indexed-job.yaml'))[1]?.toJS()
  const [container] = job.spec.template.spec.containers
  expect(job.spec.completionMode).toBe('Indexed')
  expect(container.env).toContainEqual({ name: 'HALFOPEN_SHARD_TOTAL', value: String(job.spec.completions) })
  expect(job.spec.template.spec.securityContext.runAsNonRoot).toBe(true)
})
