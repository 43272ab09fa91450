import { afterEach, describe, expect, test, vi } from 'vitest'
import { openApi } from '../../../../src/link/kinds/toxiproxy/api.ts'

afterEach(() => void vi.unstubAllGlobals())

const answering = (body: string) => {
  vi.stubGlobal('fetch', async () => new Response(body, { status: 200 }))
  return openApi('http://127.0.0.1:8474')
}

const OTHERS = [
  '',
  '{}',
  '[]',
  'null',
  '"2.9.0"',
  '{"version": 2}',
  '<html></html>',
  '{"version": "2.9.0"',
  '{"listen": "x"}',
]

describe('what is no Toxiproxy and answers with status 200', () => {
  test.each(OTHERS)('%j gives no version', async body => {
    await expect(answering(body).version()).rejects.toThrow(
      'no Toxiproxy answers at http://127.0.0.1:8474 (GET /version): what it says is no answer of Toxiproxy',
    )
  })

  test.each(OTHERS)('%j gives no proxy', async body => {
    await expect(answering(body).createProxy('p', '127.0.0.1:0', '127.0.0.1:1883')).rejects.toThrow(
      'no Toxiproxy answers at http://127.0.0.1:8474 (POST /proxies): what it says is no answer of Toxiproxy',
    )
  })

  test('what Toxiproxy itself says is taken', async () => {
    expect(await answering('{"version": "2.9.0"}').version()).toBe('2.9.0')
    const proxy = await answering('{"name": "p", "listen": "[::]:41234"}').createProxy('p', '[::]:0', '127.0.0.1:1883')
    expect(proxy.listen).toBe('[::]:41234')
  })
})
