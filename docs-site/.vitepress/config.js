import { defineConfig } from 'vitepress'

const TITLES = {
  start: 'Five minutes',
  readers: 'For whom',
  seeing: 'Seeing a run',
  windows: 'Who must notice when',
  ci: 'In CI',
  vitest: 'In vitest',
  scripts: 'A program',
  drivers: 'A library',
  device: 'A device',
  external: 'A broker by its URL',
  brokers: 'Mosquitto and others',
  firewalls: 'Firewalls, load balancers',
  field: 'Logs from the field',
  probe: 'Measuring a path',
  netns: 'Namespaces',
  compare: 'Grids',
  claims: 'What tutorials say',
  environment: 'Environment variables',
  faq: 'Questions',
  extending: 'Adding to it',
  plugins: 'Plug-ins',
  'reference/presets': 'Middleboxes',
  'reference/scenarios': 'Bundled scenarios',
  'reference/api/index': 'API',
}

function section(text, pages) {
  const title = page => TITLES[page] ?? page.replace(/^.*\//, '').replace(/^./, first => first.toUpperCase())
  return { text, items: pages.map(page => ({ text: title(page), link: `/${page.replace(/index$/, '')}` })) }
}

/** `npm run build` ends with an error where a link leads nowhere. */
export default defineConfig({
  title: 'halfopen',
  description: 'MQTT keep-alive fault injection: who notices a dead peer, and how late',
  lang: 'en',
  srcDir: 'pages',
  outDir: 'site',
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: true,
  lastUpdated: false,
  metaChunk: true,
  markdown: { languageAlias: { ndjson: 'json', conf: 'ini' } },
  // Nothing is fetched from elsewhere: no fonts, no counters.
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'For whom', link: '/readers' },
      { text: 'Reference', link: '/reference/commands' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
    sidebar: [
      section('Start', ['start', 'readers', 'concepts', 'seeing']),
      section('Scenarios', ['scenarios', 'faults', 'windows', 'vitest', 'ci', 'security']),
      section('Your client, broker, device', ['scripts', 'drivers', 'device', 'external', 'brokers', 'profiles']),
      section('Networks', [
        'firewalls',
        'field',
        'probe',
        'link',
        'tls',
        'websocket',
        'bridges',
        'sessions',
        'toxiproxy',
        'containers',
        'netns',
        'fleets',
      ]),
      section('Measuring', ['compare', 'ratios', 'matrix', 'accelerated', 'claims']),
      section('Reference', [
        'reference/commands',
        'reference/scenarios',
        'reference/faults',
        'reference/checks',
        'reference/clients',
        'reference/brokers',
        'reference/links',
        'reference/labs',
        'reference/presets',
        'environment',
        'evidence',
        'reference/api/index',
      ]),
      section('Help', ['troubleshooting', 'faq', 'changelog']),
      section('Inside', ['architecture', 'extending', 'plugins']),
    ],
    docFooter: { prev: 'Before', next: 'Next' },
  },
})
