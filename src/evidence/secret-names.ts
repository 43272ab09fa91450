/**
 * Whether a name is one under which secrets stand, however its words are joined: `client_secret`, `API-KEY`, `dbPassword`,
 * `mqtt.pwd`. Words are told apart, since `compass`, `keyboard`, `author` and `signal` hold the same letters.
 */
export function isSecretWord(name: string): boolean {
  if (name === 'PWD' || name === 'OLDPWD') return false
  const words = wordsOf(name)
  return (
    words.some((word, index) => isSecret(word) || isSecretKey(words[index - 1], word)) || LAST.test(words.at(-1) ?? '')
  )
}

/** A longer one is no name; what it means stands at its end. */
const LONGEST_NAME = 100

/** `clientSecret`, `CLIENT_SECRET`, `X-Api-Key`, `remote.pass`. */
const wordsOf = (name: string): readonly string[] =>
  name
    .slice(-LONGEST_NAME)
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '')

/** Also where the words are written as one: `mqttpassword`, `apitoken`, `dbpass`. */
const WITHIN = /passw|passphrase|passcode|secret(?!ar)|token(?!i[sz])|credential/
const WHOLE = /^(?:pwd|pw|psk|creds?|jwt|apikey|bearer|authkey|sas|signature|passin|passout)\d*$/
const ENDS = /(?:pass|passwd|pwd|apikey|(?:api|access|private|secret|account|shared|signing|encryption|master)key)\d*$/
/** Words that end so and mean something else. */
const NO_PASS = /^(?:by|com|encom|over|tres|sur|under|multi|im|low|high|band|all)pass$/

const isSecret = (word: string): boolean =>
  WITHIN.test(word) || WHOLE.test(word) || (ENDS.test(word) && !NO_PASS.test(word))

/** What a key is for makes it a secret: `public_key`, `partition-key` and `keyboard` are none. */
const KINDS =
  /^(?:api|access|private|secret|account|shared|signing|sign|encryption|master|auth|ssh|ssl|tls|client|server|device|host|deploy|license|hmac|symmetric|primary|secondary)$/
const isSecretKey = (kind: string | undefined, word: string): boolean =>
  word === 'key' && kind !== undefined && KINDS.test(kind)

/** They mean a secret where the name ends with them: `sig=`, `x-auth:`; but `auth_method`, `sig_alg`. */
const LAST = /^(?:sig|auth)$/
