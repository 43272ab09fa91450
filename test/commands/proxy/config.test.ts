import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/commands/proxy/proxy-config.ts'

/** `line:column message` of each problem. */
const problems = (text: string) =>
  readConfig(text, 'toxiproxy.json').problems.map(
    ({ position: { line, column }, message, nearest }) =>
      `${line}:${column} ${message}${nearest === undefined ? '' : ` (${nearest}?)`}`,
  )

describe("Toxiproxy's config file", () => {
  it('is read as Toxiproxy reads it: enabled by default, keys in any case, unknown ones ignored', () => {
    const text =
      '[\n\t{"name": "a", "LISTEN": "[::]:1", "upstream": "b:2", "note": 1},\n\t{"name": "c", "upstream": "d:3", "enabled": false}\n]\n'
    expect(readConfig(text, 'f')).toEqual({
      problems: [],
      proxies: [
        { name: 'a', listen: '[::]:1', upstream: 'b:2', enabled: true },
        { name: 'c', listen: '', upstream: 'd:3', enabled: false },
      ],
    })
  })

  it('tells all problems at once, each with its place', () => {
    const text = `[
  { "name": 5, "upstream": "a:1" },
  { "name": "b", "listen": "localhost", "upstrem": "a:1" },
  { "name": "c", "listen": "127.0.0.1:70000", "upstream": "a:1", "enabled": "yes" },
  { "name": "c", "upstream": "" },
  "d"
]`
    expect(problems(text)).toEqual([
      '2:13 "name" has to be text',
      '3:3 this proxy has no "upstream"',
      '3:28 "listen" has to be like 127.0.0.1:8080: address localhost: missing port in address',
      '3:41 unknown key "upstrem" (upstream?)',
      '4:28 "listen" has to be like 127.0.0.1:8080: address 70000: invalid port',
      '4:77 "enabled" has to be true or false',
      '5:13 another proxy above has the same "name"',
      '5:30 "upstream" is empty',
      '6:3 a proxy has to be an object',
    ])
  })

  it('says where JSON breaks', () => {
    expect(problems('[\n  {"name": "a" "upstream": "b:1"}\n]')[0]).toMatch(/^2:1\d not valid JSON: /)
    expect(problems('[{')[0]).toMatch(/^1:\d not valid JSON: /)
  })

  it('has to be a list', () => {
    expect(problems('{"name": "a"}')).toEqual(['1:1 a config file is a list of proxies: [{ "name": ... }]'])
    expect(problems('')).toEqual(['1:1 a config file is a list of proxies: [{ "name": ... }]'])
  })

  it('refuses a port that two proxies want, but not port 0', () => {
    const both = (listen: string) =>
      ['a', 'b'].map(name => `{"name": "${name}", "listen": "${listen}", "upstream": "u:1"}`).join(',\n')
    expect(problems(`[${both('127.0.0.1:5000')}]`)).toEqual(['2:25 another proxy above has the same "listen"'])
    expect(problems(`[${both('127.0.0.1:0')}]`)).toEqual([])
  })

  it('takes TLS, and tells each slip in it at its place', () => {
    const text = '[{ "name": "a", "upstream": "localhost:8883", "tls": { "CERT": "c", "key": "k", "isCA": true } }]'
    expect(readConfig(text, 'f').proxies[0]?.tls).toEqual({ cert: 'c', key: 'k', isCA: true })
    const bad = (tls: string) => problems(`[{ "name": "a", "upstream": "localhost:1", "tls": ${tls} }]`)
    expect(bad('{ "cret": "c", "verifyUpstrem": 1 }')).toEqual([
      '1:53 unknown key "cret" in "tls" (cert?)',
      '1:66 unknown key "verifyUpstrem" in "tls" (verifyUpstream?)',
    ])
    expect(bad('{ "key": "k" }')).toEqual(['1:51 tls: cert and key go together'])
    expect(bad('true')).toEqual(['1:51 "tls" has to be an object'])
  })
})
