import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readText } from '../../../text/read-text.ts'
import type { Access } from '../../reach/access.ts'

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** What is wrong with the files of TLS, before anybody connects. Nothing of what stands in them is told. */
export async function pemProblem({ ca, cert, key, passphrase }: Access): Promise<string | undefined> {
  try {
    if (ca !== undefined) await certificatesIn(ca, 'ca')
    const [own] = cert === undefined ? [] : await certificatesIn(cert, 'cert')
    const ownKey = key === undefined ? undefined : await keyIn(key, passphrase)
    if (own && ownKey && !own.checkPrivateKey(ownKey)) return `the key ${key} does not fit the certificate ${cert}`
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

async function certificatesIn(file: string, what: string): Promise<X509Certificate[]> {
  const found = (await textOf(file, what)).match(CERTIFICATE) ?? []
  if (found.length === 0) throw new Error(`${what}: no certificate in PEM form is in ${file}`)
  return found.map(text => {
    try {
      return new X509Certificate(text)
    } catch {
      throw new Error(`${what}: a certificate in ${file} is damaged`)
    }
  })
}

async function keyIn(file: string, passphrase: string | undefined): Promise<KeyObject> {
  const key = await textOf(file, 'key')
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) throw new Error(`key: no private key in PEM form is in ${file}`)
  const isEncrypted = key.includes('ENCRYPTED')
  if (isEncrypted && passphrase === undefined) throw new Error(`key: ${file} is encrypted; give its passphrase`)
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    throw new Error(`key: ${isEncrypted ? `the passphrase does not open ${file}` : `the key in ${file} is damaged`}`)
  }
}

async function textOf(file: string, what: string): Promise<string> {
  try {
    return await readText(file, { encoding: 'latin1' })
  } catch (error) {
    throw new Error(`${what}: ${file}: ${(error as Error).message}`)
  }
}
