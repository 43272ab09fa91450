/** What the API answers instead; texts and status codes are Toxiproxy's (api.go). */
export class ApiError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }

  /** As it stands in the answer. */
  get body(): { readonly error: string; readonly status: number } {
    return { error: this.message, status: this.status }
  }
}

export const badBody = (words: string): ApiError => new ApiError(`bad request body: ${words}`, 400)
export const missingField = (field: string): ApiError => new ApiError(`missing required field: ${field}`, 400)
export const proxyNotFound = (): ApiError => new ApiError('proxy not found', 404)
export const proxyExists = (): ApiError => new ApiError('proxy already exists', 409)
export const toxicNotFound = (): ApiError => new ApiError('toxic not found', 404)
export const toxicExists = (): ApiError => new ApiError('toxic already exists', 409)
export const invalidToxic = (): ApiError => new ApiError('invalid toxic type', 400)
export const invalidStream = (): ApiError =>
  new ApiError('stream was invalid, can be either upstream or downstream', 400)
/** Toxiproxy answers 500 for whatever Go's net package refused. */
export const netTrouble = (words: string): ApiError => new ApiError(words, 500)
