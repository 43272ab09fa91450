import { answerText } from '../../../text/answer.ts'
import { parseJson } from '../../../text/json.ts'

/** What Toxiproxy was asked and what it answered, in one sentence. */
export class ToxiproxyTrouble extends Error {
  /** Of its answer; `undefined` where it gave none. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.name = 'ToxiproxyTrouble'
    this.status = status
  }
}

/** The part of toxiproxy-node-client that talks HTTP, in the shape that it has there. */
export interface Transport {
  get(url: string): Promise<{ readonly data: unknown }>
  post(url: string, body?: unknown): Promise<{ readonly data: unknown }>
  delete(url: string): Promise<void>
  getText(url: string): Promise<string>
}

/** A thousand proxies with toxics are half a megabyte; `/metrics` grows with the connections. */
const MOST_BYTES = 8 * 2 ** 20
/** Characters of a refusal. */
const MOST_SHOWN = 500

/** One that gives up after `limitMs`, and whose errors say which call it was and what Toxiproxy answered. */
export function transport(base: string, limitMs: number): Transport {
  const ask = async (method: string, url: string, body?: unknown): Promise<string> => {
    const call = `${method} ${pathOf(url, base)}`
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method,
        signal: AbortSignal.timeout(limitMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      text = await answerText(response, MOST_BYTES)
    } catch (error) {
      throw new ToxiproxyTrouble(silence(base, call, limitMs, error))
    }
    if (response.ok) return text
    throw new ToxiproxyTrouble(
      `Toxiproxy at ${base} answered ${response.status} to ${call}: ${text.trim().slice(0, MOST_SHOWN) || 'nothing'}`,
      response.status,
    )
  }
  const parsed = async (method: string, url: string, body?: unknown) => {
    const text = await ask(method, url, body)
    const data = jsonOf(text, base, `${method} ${pathOf(url, base)}`)
    // Its client takes apart what it gets.
    if (typeof data !== 'object' || data === null) throw notToxiproxy(base, `${method} ${pathOf(url, base)}`)
    return { data }
  }
  return {
    get: url => parsed('GET', url),
    post: (url, body) => parsed('POST', url, body),
    delete: async url => void (await ask('DELETE', url)),
    getText: url => ask('GET', url),
  }
}

const pathOf = (url: string, base: string): string => (url.startsWith(base) ? url.slice(base.length) : url)

/** What was answered with status 200; something else than Toxiproxy may listen there. */
export function jsonOf(text: string, base: string, call: string): unknown {
  const json = parseJson(text)
  if ('value' in json) return json.value
  throw notToxiproxy(base, call)
}

export const notToxiproxy = (base: string, call: string): ToxiproxyTrouble =>
  new ToxiproxyTrouble(`no Toxiproxy answers at ${base} (${call}): what it says is no answer of Toxiproxy`)

function silence(base: string, call: string, limitMs: number, error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `Toxiproxy at ${base} did not answer ${call} within ${limitMs / 1000} s`
  // fetch itself says no more than `fetch failed`.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return `no Toxiproxy answers at ${base} (${call}): ${cause instanceof Error ? cause.message : String(cause)}`
}
