import { BLANK, redactText } from '../../evidence/redact.ts'

/** Takes secrets out of what a program prints, also where it prints them as JSON or in an address; what looks like one too. */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const spelled = secrets
    .flatMap(secret => (secret ? [secret] : []))
    .flatMap(secret => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
  // The longest first: one may be a part of another.
  const hidden = [...new Set(spelled)].sort((a, b) => b.length - a.length)
  return text => redactText(hidden.reduce((rest, secret) => rest.replaceAll(secret, BLANK), text))
}
