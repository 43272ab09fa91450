import type { z } from 'zod'
import { meantIssues, PARSE_PARAMS } from './issues.ts'
import { complaintsOf } from './messages.ts'
import type { Complaint } from './problem.ts'

export type Checked<T> = { readonly data: T } | { readonly complaints: readonly Complaint[] }

/** Holds a value against a schema and says in plain English all that does not fit. */
export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value, PARSE_PARAMS)
  if (result.success) return { data: result.data }
  return { complaints: meantIssues(result.error.issues).flatMap(issue => complaintsOf(issue, value)) }
}
