import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../../scripts/prebuild/download.mjs', import.meta.url))
const content = 'the archive'
const sha256 = createHash('sha256').update(content).digest('hex')
const folder = mkdtempSync(join(tmpdir(), 'perceptra-download-'))
let server: Server
let site: string
let closed: string

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  const pages: Record<string, string> = { '/right': content, '/wrong': 'a page that says sorry' }
  server = createServer(({ url = '' }, response) => {
    response.writeHead(url in pages ? 200 : 404).end(pages[url])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  site = addressOf(server)
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  closed = addressOf(other)
  other.close()
})

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

async function download(name: string, ...urls: string[]) {
  const file = join(folder, name)
  const child = spawn(process.execPath, [program, sha256, file, ...urls])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const [code] = await once(child, 'close')
  return { code, said, got: existsSync(file) ? readFileSync(file, 'utf8') : undefined }
}

it('goes on to the next address from one that is gone, holds something else or answers nobody', async () => {
  const urls = [`${site}/gone`, `${site}/wrong`, `${closed}/`, `${site}/right`]
  const { code, said, got } = await download('a', ...urls)
  expect(got).toBe(content)
  expect(code).toBe(0)
  expect(said).toContain(`${site}/gone: the server says 404`)
  expect(said).toContain(`${site}/wrong: expected the SHA-256 ${sha256}, but got `)
  expect(said).toContain(`${site}/right: downloaded`)
})

it('takes nothing else when no address has it', async () => {
  const { code, got } = await download('b', `${site}/gone`, `${site}/wrong`)
  expect(code).toBe(1)
  expect(got).toBeUndefined()
})

it('asks for no more than one that has it', async () => {
  expect((await download('c', `${site}/right`, `${site}/gone`)).said).not.toContain('gone')
})
