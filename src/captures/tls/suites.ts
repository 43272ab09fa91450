/** How a cipher suite protects records. Numbers: the IANA registry "TLS Cipher Suites". */
export interface Suite {
  readonly mode: 'gcm' | 'ccm' | 'chacha' | 'cbc'
  readonly keyBytes: number
  /** Of HKDF in TLS 1.3 and of the PRF in TLS 1.2. */
  readonly hash: 'sha256' | 'sha384'
  /** Of the tag that ends a record; of the MAC with CBC. */
  readonly tagBytes: number
  readonly version: 12 | 13
}

const suites = new Map<number, Suite>()
const put = (suite: Suite, ...numbers: readonly number[]): void => {
  for (const number of numbers) suites.set(number, suite)
}

const gcm = (bits: 128 | 256, version: 12 | 13): Suite => ({
  mode: 'gcm',
  keyBytes: bits / 8,
  hash: bits === 256 ? 'sha384' : 'sha256',
  tagBytes: 16,
  version,
})
const ccm = (bits: 128 | 256, tagBytes: 8 | 16, version: 12 | 13): Suite => ({
  mode: 'ccm',
  keyBytes: bits / 8,
  hash: 'sha256',
  tagBytes,
  version,
})
const chacha = (version: 12 | 13): Suite => ({ mode: 'chacha', keyBytes: 32, hash: 'sha256', tagBytes: 16, version })
const cbc = (bits: 128 | 256, tagBytes: 20 | 32 | 48): Suite => ({
  mode: 'cbc',
  keyBytes: bits / 8,
  hash: tagBytes === 48 ? 'sha384' : 'sha256',
  tagBytes,
  version: 12,
})

// RFC 8446 §B.4.
put(gcm(128, 13), 0x1301)
put(gcm(256, 13), 0x1302)
put(chacha(13), 0x1303)
put(ccm(128, 16, 13), 0x1304)
put(ccm(128, 8, 13), 0x1305)
// RFC 5288, 5289, 5487, 8442: RSA, (EC)DH(E), PSK.
put(gcm(128, 12), 0x009c, 0x009e, 0x00a0, 0x00a2, 0x00a8, 0x00aa, 0x00ac, 0xc02b, 0xc02d, 0xc02f, 0xc031, 0xd001)
put(gcm(256, 12), 0x009d, 0x009f, 0x00a1, 0x00a3, 0x00a9, 0x00ab, 0x00ad, 0xc02c, 0xc02e, 0xc030, 0xc032, 0xd002)
// RFC 7905.
put(chacha(12), 0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac, 0xccad, 0xccae)
// RFC 6655, 7251.
put(ccm(128, 16, 12), 0xc09c, 0xc09e, 0xc0a4, 0xc0a6, 0xc0ac)
put(ccm(256, 16, 12), 0xc09d, 0xc09f, 0xc0a5, 0xc0a7, 0xc0ad)
put(ccm(128, 8, 12), 0xc0a0, 0xc0a2, 0xc0a8, 0xc0aa, 0xc0ae)
put(ccm(256, 8, 12), 0xc0a1, 0xc0a3, 0xc0a9, 0xc0ab, 0xc0af)
// RFC 5246, 5289, 8422, 4279, 5489.
put(cbc(128, 20), 0x002f, 0x0032, 0x0033, 0xc004, 0xc009, 0xc00e, 0xc013, 0x008c, 0x0090, 0xc035)
put(cbc(256, 20), 0x0035, 0x0038, 0x0039, 0xc005, 0xc00a, 0xc00f, 0xc014, 0x008d, 0x0091, 0xc036)
put(cbc(128, 32), 0x003c, 0x0040, 0x0067, 0xc023, 0xc025, 0xc027, 0xc029, 0x00ae, 0xc037)
put(cbc(256, 32), 0x003d, 0x006a, 0x006b)
put(cbc(256, 48), 0xc024, 0xc026, 0xc028, 0xc02a, 0x00af, 0xc038)

export const suiteOf = (number: number): Suite | undefined => suites.get(number)
