import { request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

/** Against a server that hangs. */
const ANSWER_MS = 30_000

/** One request, byte for byte as asked: no client library between. */
export function raw(
  url: string,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const sent = request({ hostname, port, method, path, headers, agent: false, timeout: ANSWER_MS }, received => {
      let text = ''
      received.setEncoding('utf8').on('data', part => {
        text += part
      })
      received.on('end', () => resolve({ status: received.statusCode ?? 0, headers: received.headers, text }))
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
    sent.on('error', reject).end(body)
  })
}

/** What of an answer is compared: status, type, and the body with ports that the system chose masked. */
export interface Seen {
  readonly status: number
  readonly type: string
  readonly body: unknown
}

export function seen({ status, headers, text }: Answer): Seen {
  return { status, type: String(headers['content-type'] ?? ''), body: masked(parsed(text)) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Also without `Logger`, Toxiproxy's slip that one probe is about. */
export function masked(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/(127(?:\.\d{1,3}){3}):[1-9]\d{3,4}/g, '$1:PORT')
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'Logger')
      .map(([key, inner]) => [key, masked(inner)]),
  )
}

export const json = (status: number, body: unknown): Seen => ({ status, type: 'application/json', body })

/** Toxiproxy sends its errors as JSON in plain text (Go's http.Error overrules the type). */
export const error = (status: number, message: string): Seen => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: { error: message, status },
})
export const plain = (status: number, text: string): Seen => ({ status, type: 'text/plain; charset=utf-8', body: text })
export const empty = (status: number): Seen => ({ status, type: '', body: '' })
