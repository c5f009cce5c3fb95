import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { Incoming } from './frames.js'
import { greeting, isProof, nonceBytes, proofBytes, proofOf } from './handshake.js'
import { lost } from './store.js'

/**
 * The client's part of the start of a connection: both sides prove that they know the secret.
 * @param tls whether the connection is by TLS.
 * @param place of the server, for messages.
 * @returns what came after the proof of the server.
 * @throws MlpError ERR_GROUP_LOST for another secret or protocol, or after `timeoutMs`; an error of the connection as it is; the
 * signal's reason.
 */
export async function introduce(
  socket: Socket,
  tls: boolean,
  secret: string,
  place: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Incoming> {
  const incoming = new Incoming()
  const nonce = randomBytes(nonceBytes)
  let hasGreeted = false
  let timer: NodeJS.Timeout | undefined
  const ends: (() => void)[] = []
  const on = (event: string, listener: (...args: never[]) => void) => {
    socket.on(event, listener as (...args: unknown[]) => void)
    ends.push(() => socket.off(event, listener as (...args: unknown[]) => void))
  }
  try {
    await new Promise<void>((resolve, reject) => {
      let server: Buffer | undefined
      const read = () => {
        if (!server) {
          const head = incoming.take(greeting.length + nonceBytes)
          if (!head) return
          hasGreeted = head.subarray(0, greeting.length).equals(greeting)
          if (!hasGreeted) return reject(stranger(place))
          server = head.subarray(greeting.length)
          socket.write(Buffer.concat([nonce, proofOf(secret, 'client', server, nonce)]))
        }
        const proof = incoming.take(proofBytes)
        if (!proof) return
        if (isProof(proof, proofOf(secret, 'server', server, nonce))) resolve()
        else reject(lost(`The store at ${place} did not prove the secret: it is not the one of this group.`))
      }
      on('data', (chunk: Buffer) => {
        incoming.add(chunk)
        read()
      })
      on('error', reject)
      on('close', () => {
        const refused = `The store at ${place} refused the secret of this rank. Give all ranks the same PERCEPTRA_SECRET.`
        if (hasGreeted) reject(lost(refused))
        else reject(Object.assign(lost(`${place} ended the connection`), { code: 'ECONNRESET' }))
      })
      timer = setTimeout(() => reject(incoming.length > 0 ? stranger(place) : late(place, tls)), timeoutMs)
      const abort = () => reject(signal!.reason)
      signal?.addEventListener('abort', abort)
      ends.push(() => signal?.removeEventListener('abort', abort))
    })
  } finally {
    clearTimeout(timer)
    for (const end of ends) end()
    // The store has listeners of its own; until then an error must not end the process.
    socket.on('error', () => {})
  }
  return incoming
}

const stranger = (place: string) =>
  lost(
    `What listens at ${place} is no store of perceptra. Where torchrun has its own store there, set PERCEPTRA_STORE to another place.`,
  )

const late = (place: string, tls: boolean) =>
  Object.assign(lost(`${place} does not answer${tls ? '' : '; perhaps it wants TLS'}`), { code: 'ETIMEDOUT' })
