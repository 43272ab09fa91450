import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Complaint, EXIT } from '../../terminal/exit.ts'
import { say } from '../../terminal/say.ts'
import { plainly } from '../../text/message-of.ts'
import { makeFolder } from '../../text/write-files.ts'

/** What `init` writes for a CI; docs/ci.md shows the same texts, which a test holds. */

/** A pull request from a fork may bring any scenario and any install script. */
const FROM_FORK =
  "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository"

export const GITHUB_WORKFLOW = `name: halfopen
on: [push, pull_request]
permissions:
  contents: read
jobs:
  keepalive:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    env:
      # A pull request from a fork may bring any scenario: none of its programs is started (docs/security.md of halfopen).
      HALFOPEN_NO_COMMANDS: \${{ ${FROM_FORK} && '1' || '' }}
      npm_config_ignore_scripts: \${{ ${FROM_FORK} && 'true' || 'false' }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm ci
      # - run: sudo apt-get install -y mosquitto   # for scenarios with broker: mosquitto
      - run: npx halfopen run --out .halfopen/ci --junit .halfopen/ci/halfopen.xml --html .halfopen/ci/halfopen.html
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: halfopen
          path: .halfopen/ci
          include-hidden-files: true
`

export const GITLAB_JOBS = `halfopen:
  image: node:22-bookworm-slim
  parallel: 2
  before_script:
    - npm ci
    # - apt-get update -qq && apt-get install -y -qq mosquitto   # for scenarios with broker: mosquitto
  script:
    - npx halfopen run --shard auto --seed "$CI_PIPELINE_IID" --out "halfopen-shards/{shard}"
  artifacts:
    when: always
    paths: [halfopen-shards/]
halfopen-report:
  image: node:22-bookworm-slim
  needs: [halfopen]
  when: always
  before_script:
    - npm ci
  script:
    - npx halfopen merge halfopen-shards --junit halfopen.xml --html halfopen.html
  artifacts:
    when: always
    paths: [halfopen.xml, halfopen.html]
    reports:
      junit: halfopen.xml
`

/** Where those jobs lie, and what takes them in. */
const GITLAB_FILE = '.gitlab/halfopen.yml'
const GITLAB_INCLUDE = `include:
  - local: ${GITLAB_FILE}
`

/** Written as scenarios/first.yaml: short, and every line of it is something that a user will want to change. */
export const FIRST_SCENARIO = `# yaml-language-server: $schema=../node_modules/halfopen/halfopen.schema.json
name: an idle client and its broker both notice a half-open path
broker: aedes                              # what else there is: npx halfopen list --brokers
client: { name: mqttjs, keepalive: 2s, traffic: idle }
timeline:
  - { at: 3s, fault: blackhole, for: 30s } # at: since CONNACK. Nothing passes, and nobody is told.
expect: [broker-drops-client, client-gives-up, will-published]
until: 12s
`

export interface InitOptions {
  readonly github?: boolean
  readonly gitlab?: boolean
}

const GITHUB_FILES = [['.github/workflows/halfopen.yml', GITHUB_WORKFLOW]] as const
const GITLAB_FILES = [
  [GITLAB_FILE, GITLAB_JOBS],
  ['.gitlab-ci.yml', GITLAB_INCLUDE],
] as const

/** `halfopen init`: adds what is missing, and touches nothing that is there. Where no CI is named, it is GitHub's. */
export async function initProject(cwd: string, { github, gitlab }: InitOptions = {}): Promise<void> {
  const files = [
    ['scenarios/first.yaml', FIRST_SCENARIO] as const,
    ...(github || !gitlab ? GITHUB_FILES : []),
    ...(gitlab ? GITLAB_FILES : []),
  ]
  for (const [file, text] of files) {
    const written = await writeNew(join(cwd, file), text)
    say(written ? `wrote ${file}\n` : `left ${file} as it is${hintFor(file)}\n`)
  }
  say('\nNow play it:  npx halfopen run\n')
}

/** The pipeline that is there has to take in what was written beside it. */
const hintFor = (file: string): string =>
  file === '.gitlab-ci.yml' ? `; add to it:\n${GITLAB_INCLUDE.trimEnd().replace(/^/gm, '  ')}` : ''

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await makeFolder(dirname(path))
    if (existsSync(path)) return false
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    throw new Complaint(`error: ${path} can't be written: ${plainly(error)}`, EXIT.inconclusive)
  }
}
