import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { checkSecret } from './handshake.js'
import { lost, type Store } from './store.js'

/** What each sealed value begins with; a random number, the authentication tag and the encrypted bytes follow. */
const mark = Buffer.from('perceptra-sealed-1\n')
const [nonceBytes, tagBytes] = [12, 16]

/**
 * A store whose values are encrypted and authenticated (AES-256-GCM, by a key that HKDF-SHA256 derives from the secret): who lacks
 * the secret can neither read nor make one. A value is bound to its key. Counters and the names of keys are not protected.
 * @throws ArgumentError for a secret of fewer than 16 characters.
 */
export function sealedStore(store: Store, secret: string): Store {
  const key = Buffer.from(hkdfSync('sha256', checkSecret(secret), '', 'perceptra-sealed-1', 32))
  return {
    localAddress: store.localAddress,
    refused: () => store.refused?.(),
    set: (name, value) => store.set(name, seal(key, name, value)),
    get: async (name, timeout, signal) => open(key, name, await store.get(name, timeout, signal)),
    add: (name, amount) => store.add(name, amount),
    deleteAll: (prefix) => store.deleteAll(prefix),
    close: () => store.close(),
  }
}

/** @throws MlpError ERR_GROUP_LOST for a value that was sealed, where there is no secret to open it with. */
export function refuseSealed(value: Uint8Array): Uint8Array {
  if (!isSealed(value)) return value
  throw lost('Another rank has a secret, and this one has none. Give all ranks the same PERCEPTRA_SECRET.')
}

const isSealed = (value: Uint8Array) => mark.equals(value.subarray(0, mark.length))

function seal(key: Buffer, name: string, value: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(name))
  const bytes = Buffer.concat([cipher.update(value), cipher.final()])
  return Buffer.concat([mark, nonce, cipher.getAuthTag(), bytes])
}

function open(key: Buffer, name: string, sealed: Uint8Array): Uint8Array {
  const body = sealed.subarray(mark.length)
  try {
    if (!isSealed(sealed)) throw new Error('It is not sealed.')
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceBytes), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(name)).setAuthTag(body.subarray(nonceBytes, nonceBytes + tagBytes))
    return Buffer.concat([decipher.update(body.subarray(nonceBytes + tagBytes)), decipher.final()])
  } catch (cause) {
    throw lost(
      `What the store holds for ${name} was not written with the secret of this rank. Give all ranks the same PERCEPTRA_SECRET.`,
      cause,
    )
  }
}
