import { describe, expect, test } from 'vitest'
import { commandSecrets, redactText, redactValue } from '../../src/evidence/redact.ts'
import { isSecretWord } from '../../src/evidence/secret-names.ts'

const NAMES =
  `pass passwd password passphrase passcode pwd pw psk PASSWD MQTT_PASS mqttpass dbPassword rootpassword PGPASSWORD
 remote.password user_pass secret client_secret clientSecret CLIENT-SECRET secretKey secret_access_key token access_token apitoken
 id-token sasToken api-key apikey API_KEY apiKey xApiKey X-Api-Key access_key accesskey AccessKey private_key privateKey
 SharedAccessKey AccountKey signing-key encryption_key device_key sig signature X-Amz-Signature X-Amz-Credential credentials creds
 auth x-auth bearer jwt password2 PASSWORD_1`.split(/\s+/)

/** They hold the letters of a secret's name, and are none. */
const OTHERS =
  `compass bypass passive passenger encompass passed passes passing keyboard key keepalive keep_alive monkey hotkey
 public_key publicKey partition-key author authority authMethod auth_method signal sigterm sign design secretary tokenize
 tokeniser PWD OLDPWD path host port user topic clientid name assign PATH HOME design pa word sword crossword k`.split(
    /\s+/,
  )

describe('names', () => {
  test.each(NAMES)('%s is a secret', name => expect(isSecretWord(name)).toBe(true))
  test.each(OTHERS)('%s is none', name => expect(isSecretWord(name)).toBe(false))
})

const S = 's3cr3tX'
const NAMED = (name: string): readonly string[] => [
  `dev ${name}: ${S}`,
  `dev ${name}:${S}`,
  `dev ${name}=${S} -k 2`,
  `dev ${name} = ${S}`,
  `dev ${name} => '${S}'`,
  `dev ${name} := "${S}"`,
  `dev '{"${name}": "${S}"}'`,
  `dev '{"${name}":"${S}","b":1}'`,
  `dev {'${name}': '${S}'}`,
  `dev '{"${name}": "a\\"${S}"}'`,
  String.raw`dev "{\"${name}\": \"${S}\"}"`,
  `dev {${name}: ${S}, b: 1}`,
  `dev --${name} ${S}`,
  `dev --${name}=${S}`,
  `dev --${name}='a ${S}'`,
  `dev -D${name}=${S}`,
  `dev -o '${name}=${S}'`,
  `dev -o "${name}: ${S}" -k 2`,
  `dev -d 'a=1&${name}=${S}&b=2'`,
  `dev http://h/p?${name}=${S}&b=2`,
  `dev <a:${name}>${S}</a:${name}>`,
]

test('their values are shown in no spelling', () => {
  const shown = NAMES.flatMap(NAMED).filter(text => redactText(text).includes(S))
  expect(shown).toEqual([])
})

test.each([
  `dev -P ${S}`,
  `sshpass -P '${S}' x`,
  `dev mqtt://ann:${S}@h:1883`,
  `dev mqtt://${S}@h:1883`,
  `dev ann:${S}@h:1883`,
  `dev --url=ann:${S}@h`,
  `dev -H 'Authorization: Custom ${S}'`,
  `dev -H "authorization: ${S}"`,
  `dev -H 'Proxy-Authorization: Basic ${S}'`,
  `dev -H 'Set-Cookie: sid=${S}; b=${S}'`,
  `dev Bearer ${S}`,
  `Endpoint=sb://x.example/;SharedAccessKeyName=root;SharedAccessKey=${S};EntityPath=x`,
  `openssl rsa -passin pass:${S}`,
  `dev -----BEGIN PRIVATE KEY-----\n${S}\n-----END PRIVATE KEY-----`,
  `got eyJhbGciOiJIUzI1NiJ9.${S}.${S} from it`,
  `got ghp_${S.repeat(4)} from it`,
])('%s', text => expect(redactText(text)).not.toContain(S))

test.each([
  'compass: north',
  'keepalive=60 bypass: 3',
  'author: Ann, design: Bob',
  'got signal=SIGTERM sig=SIGTERM',
  'public_key: abc',
  'auth_method=SCRAM-SHA-1',
  'PWD=/home/ann node x.js',
  'password: true',
  'token: null, b: 1',
  'bad user name or password',
  'password authentication failed for ann',
  'mail mailto:ann@example.org or ann@example.org',
  'npx npm:vitest@3.0.0',
  'git@github.com:ann/x.git',
  'at 12:30:11.5@main',
  'mosquitto_sub -h h -p 1883 -k 2 -i c1 -t a/b --compass north',
  'Client c1 [127.0.0.1:54321] disconnected: keepalive time-out',
])('%s stays as it is', text => expect(redactText(text)).toBe(text))

test('what stands behind a secret stays', () => {
  expect(redactText('{pass: X1, b: 1}')).toBe('{pass: ***, b: 1}')
  expect(redactText("-o 'password=X1' -k 2")).toBe("-o 'password=***' -k 2")
  expect(redactText('http://h/?pass=X1&n=1')).toBe('http://h/?pass=***&n=1')
})

test('in a list of arguments the one behind an option', () =>
  expect(redactValue('args', ['-p', '1883', '-P', S, '--pass', S, '--pass', '--verbose', '-k'])).toEqual(
    ['-p', '1883', '-P', '***', '--pass', '***', '--pass', '--verbose', '-k'], // prettier
  ))

test('a program may print what stood in a field of its command; what is short would be a part of any text', () =>
  expect(commandSecrets(`dev '{"password": "${S}", "pin": 1}' pass: 3`)).toEqual([S]))

/** A megabyte of what makes a pattern look back, or look twice. */
test.each(
  [
    'pass',
    'pass:',
    'pass=',
    'pass ',
    'pass: "',
    "pass='\\",
    'a:b@',
    'a:',
    '@',
    'x@',
    '<pass>',
    '<pass',
    '-P ',
    '--pass ',
    'eyJ',
    'eyJaaaaaaaa.',
    '-----BEGIN ',
    '-----END ',
    'passPass',
    'a.b-c_',
    '\\',
    '\\"',
    ' :',
    '= ',
    'Authorization: ',
    'authorization a ',
    '://',
    'bearer ',
    'ghp_',
    'xoxa-',
  ].map(piece => [piece]),
)('a megabyte of %j costs no more than it is long', piece => {
  const cost = (characters: number): number => {
    const text = piece.repeat(Math.ceil(characters / piece.length))
    const begin = process.cpuUsage()
    redactText(text)
    const { user } = process.cpuUsage(begin)
    return user / 1000
  }
  cost(10_000)
  // What is quadratic takes minutes.
  expect(cost(1_000_000)).toBeLessThan(2000)
})
