// Makes `pages/`: the docs as they are, and the reference of what halfopen itself can tell (list, --help). Needs `npm run build` of halfopen.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const HERE = import.meta.dirname
const ROOT = join(HERE, '..')
const PAGES = join(HERE, 'pages')
const MAIN = join(ROOT, 'dist/cli/main.js')

rmSync(PAGES, { recursive: true, force: true })
mkdirSync(join(PAGES, 'reference'), { recursive: true })
cpSync(join(ROOT, 'docs'), PAGES, { recursive: true })
for (const file of readdirSync(PAGES, { recursive: true, encoding: 'utf8' }))
  if (file.endsWith('.md')) rewrite(join(PAGES, file))
writeFileSync(join(PAGES, 'changelog.md'), ownLinks(still(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'))))
cpSync(join(HERE, 'home.md'), join(PAGES, 'index.md'))
// Of the home page, which names its picture in its head.
cpSync(join(ROOT, 'docs/images'), join(PAGES, 'public/images'), { recursive: true })

const listed = JSON.parse(
  halfopen(
    'list',
    '--json',
    '--scenarios',
    '--faults',
    '--checks',
    '--brokers',
    '--clients',
    '--links',
    '--labs',
    '--reporters',
    '--presets',
  ),
)
writeFileSync(join(PAGES, 'reference/scenarios.md'), scenariosPage(listed.scenarios))
writeFileSync(join(PAGES, 'reference/commands.md'), commandsPage())
for (const [kind, title, intro] of [
  ['faults', 'Faults', 'What each does, and when it lets go: [faults](../faults.md).'],
  ['checks', 'Checks', 'What each asks: [scenarios](../scenarios.md); what it allows: [windows](../windows.md).'],
  ['brokers', 'Brokers', 'More on each: [brokers](../brokers.md), [external](../external.md).'],
  ['clients', 'Clients', 'More on each: [drivers](../drivers.md), [scripts](../scripts.md).'],
  ['links', 'Links', 'More on each: [Toxiproxy](../toxiproxy.md).'],
  ['labs', 'Labs', 'More on each: [containers](../containers.md), [namespaces](../netns.md).'],
  ['presets', 'Middleboxes', 'How to use a preset: [firewalls](../firewalls.md).'],
])
  writeFileSync(join(PAGES, `reference/${kind}.md`), listPage(title, intro, listed[kind]))

function halfopen(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: join(ROOT, 'scenarios'),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, COLUMNS: '100', NO_COLOR: '1' },
  })
  if (status !== 0) throw new Error(`halfopen ${args.join(' ')}: exit code ${status}: ${stderr}`)
  return stdout
}

/** Links that leave docs/ lead nowhere on the site: they are told as code. */
function rewrite(file) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    still(text).replace(/\[([^\]]*)\]\((\.\.\/[^)#]+)(?:#[^)]*)?\)/g, (whole, words, target) =>
      existsSync(join(file, '..', target)) && target.endsWith('.md') ? whole : `\`${words}\``,
    ),
  )
}

/** Vue would take two braces in a line for an expression; in a block VitePress looks after that. */
function still(text) {
  const code = words => `<code v-pre>${words.replace(/[<>&]/g, char => `&#${char.charCodeAt(0)};`)}</code>`
  return text.replace(/`([^`\n]*\{\{[^`\n]*)`/g, (_, words) => code(words))
}

/** The changelog lies beside docs/. */
function ownLinks(text) {
  return text.replace(/\[([^\]]*)\]\((?!docs\/|https?:|#)[^)]+\)/g, '`$1`').replaceAll('](docs/', '](')
}

function scenariosPage(scenarios) {
  const folders = new Map()
  for (const { name, summary, facts } of scenarios) {
    const file = summary.replace(/:\d+$/, '').replace(/^(?:\.\.\/)?scenarios\//, '')
    const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.'
    folders.set(folder, [...(folders.get(folder) ?? []), { name, file, ...facts }])
  }
  const sections = [...folders].map(([folder, own]) => {
    const rows = own.map(
      ({ name, file, broker, client, faults }) =>
        `| ${cell(name)} | \`${file}\` | ${cell(client)}, ${cell(broker)} | ${faults.map(fault => `\`${fault}\``).join(', ')} |`,
    )
    return `## ${folder}\n\n| scenario | file | peers | faults |\n|---|---|---|---|\n${rows.join('\n')}`
  })
  return `# Bundled scenarios\n\nThey lie in \`node_modules/halfopen/scenarios\`. \`npx halfopen list --scenarios\` prints those of your project.\n\n${sections.join('\n\n')}\n`
}

function commandsPage() {
  const names = [...halfopen('--help').matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm)].map(([, name]) => name)
  const commands = [...new Set(names)].filter(name => name !== 'help')
  const sections = commands.map(name => `## ${name}\n\n\`\`\`text\n${halfopen(name, '--help').trimEnd()}\n\`\`\``)
  return `# Commands\n\n\`\`\`text\n${halfopen('--help').trimEnd()}\n\`\`\`\n\n${sections.join('\n\n')}\n`
}

function listPage(title, intro, entries) {
  const sections = entries.map(({ name, summary, options, facts }) => {
    const told = Object.entries(facts ?? {}).filter(([, value]) => String(value) !== '')
    const lines = told.map(([key, value]) => `- ${cell(key)}: ${cell([value].flat().join(', '))}`)
    return [`## ${name}`, `${cell(summary)}.`, optionTable(options), lines.join('\n')]
      .filter(text => text !== '')
      .join('\n\n')
  })
  return `# ${title}\n\nWritten from \`npx halfopen list\`. ${intro}\n\n${sections.join('\n\n')}\n`
}

function optionTable(schema) {
  const options = Object.entries(schema?.properties ?? {})
  if (options.length === 0) return ''
  const rows = options.map(
    ([name, option]) =>
      `| \`${name}\` | ${cell(typeOf(option))} | ${option.default === undefined ? '' : `\`${JSON.stringify(option.default)}\``} | ${cell(option.description ?? '')} |`,
  )
  return `| option | type | default | |\n|---|---|---|---|\n${rows.join('\n')}`
}

function typeOf({ enum: values, anyOf, oneOf, const: only, type, pattern, items }) {
  if (values) return values.join(', ')
  if (only !== undefined) return String(only)
  const several = anyOf ?? oneOf
  if (several) return [...new Set(several.map(typeOf))].join(' or ')
  if (type === 'array') return `list of ${typeOf(items ?? {})}`
  return pattern?.includes('ms|s|m') ? 'duration' : (type ?? 'any')
}

/** In a table of Markdown that Vue reads too. */
function cell(text) {
  return String(text)
    .replace(/[|<>{}]/g, char => `&#${char.charCodeAt(0)};`)
    .replaceAll('\n', ' ')
}
