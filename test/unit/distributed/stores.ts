import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const secret = randomBytes(16).toString('hex')

export const folder = () => mkdtempSync(join(tmpdir(), 'perceptra-store-'))

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A key and a certificate for 127.0.0.1, made by openssl. */
export function certificate(): { key: Buffer; cert: Buffer } {
  const path = folder()
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const { status, stderr } = spawnSync('openssl', [
    'req',
    ...kind,
    ...['-keyout', join(path, 'key'), '-out', join(path, 'cert')],
    ...name,
  ])
  if (status !== 0) throw new Error(`openssl failed: ${stderr}`)
  return { key: readFileSync(join(path, 'key')), cert: readFileSync(join(path, 'cert')) }
}
