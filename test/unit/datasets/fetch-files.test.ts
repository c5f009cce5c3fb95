import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MlpError } from '../../../lib/base/errors.js'
import { type FileSet, fetchFiles, type LocalFile } from '../../../lib/datasets/fetch-files.js'

const contents: Record<string, Buffer> = { 'a.gz': randomBytes(300_000), 'b.gz': Buffer.from('the second file') }
const packed = Object.fromEntries(Object.entries(contents).map(([name, bytes]) => [name, gzipSync(bytes)]))

const expected = Object.values(contents).map(sha256)

let folder = ''
let cacheDir = ''
let server: Server
let requests: string[] = []
let answer: RequestListener
let set: FileSet

/** Sends the packed file of the path. */
const sendFile: RequestListener = (request, response) => {
  const body = packed[request.url!.split('/').at(-1)!]!
  response.writeHead(200, { 'content-length': body.length }).end(body)
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perceptra-fetch-'))
  cacheDir = join(folder, 'cache')
  requests = []
  answer = sendFile
  server = createServer((request, response) => {
    requests.push(request.url!)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  set = {
    name: 'small',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`,
    files: Object.entries(contents).map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) })),
  }
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hashes(files: LocalFile[]): string[] {
  return files.map(({ bytes }) => sha256(bytes))
}

async function cached(): Promise<string[]> {
  return (await readdir(join(cacheDir, 'small')).catch(() => [])).sort()
}

/** Expects a failed download, an error with its URL, and an empty cache. Returns the message. */
async function failure(options = {}): Promise<string> {
  const error = await fetchFiles(set, { cacheDir, ...options }).then(
    () => new Error('the files came'),
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(MlpError)
  expect(error.code).toBe('ERR_DOWNLOAD')
  expect(error.message).toContain(`Could not download ${set.url}a.gz: expected `)
  expect(error.message).toContain('Pass a folder that has a.gz, b.gz (packed or not) as dir')
  expect(error.cause).toBeInstanceOf(Error)
  expect(await cached()).toEqual([])
  return error.message
}

describe('fetchFiles', () => {
  it('downloads files into the cache, and checks them', async () => {
    const files = await fetchFiles(set, { cacheDir })
    expect(hashes(files)).toEqual(expected)
    expect(requests).toEqual(['/base/a.gz', '/base/b.gz'])
    expect(await cached()).toEqual(['a.gz', 'b.gz'])
    expect(sha256(gunzipSync(await readFile(join(cacheDir, 'small', 'a.gz'))))).toBe(expected[0])
  })

  it('downloads once: the second call reads the cache, without a request', async () => {
    await fetchFiles(set, { cacheDir })
    requests = []
    const files = await fetchFiles(set, { cacheDir })
    expect(hashes(files)).toEqual(expected)
    expect(requests).toEqual([])
  })

  it('downloads a corrupt cached file again, and only that file', async () => {
    for (const damage of [packed['a.gz']!.subarray(0, 1000), Buffer.from('junk'), gzipSync('other content')]) {
      await fetchFiles(set, { cacheDir })
      await writeFile(join(cacheDir, 'small', 'a.gz'), damage)
      requests = []
      const files = await fetchFiles(set, { cacheDir })
      expect(hashes(files)).toEqual(expected)
      expect(requests).toEqual(['/base/a.gz'])
    }
  })

  it('never returns a corrupt cached file, even without a network', async () => {
    await fetchFiles(set, { cacheDir })
    await writeFile(join(cacheDir, 'small', 'a.gz'), 'junk')
    await rm(join(cacheDir, 'small', 'b.gz'))
    answer = (_, response) => response.destroy()
    await failure()
  })

  it('downloads from any mirror, with or without a slash, packed in any way', async () => {
    answer = (request, response) => {
      const name = request.url!.split('/').at(-1)!
      response.end(name === 'a.gz' ? gzipSync(contents[name]!, { level: 1 }) : contents[name])
    }
    const { url } = set
    set.url = 'http://127.0.0.1:1/'
    const files = await fetchFiles(set, { cacheDir, url: `${url}mirror` })
    expect(hashes(files)).toEqual(expected)
    expect(requests).toEqual(['/base/mirror/a.gz', '/base/mirror/b.gz'])
  })

  it('downloads from a server that declares gzip as a content encoding', async () => {
    answer = (request, response) => {
      const body = packed[request.url!.split('/').at(-1)!]!
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body)
    }
    const files = await fetchFiles(set, { cacheDir })
    expect(hashes(files)).toEqual(expected)
  })

  it('serves several calls at once', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => fetchFiles(set, { cacheDir })))
    for (const files of results) expect(hashes(files)).toEqual(expected)
    expect(await cached()).toEqual(['a.gz', 'b.gz'])
  })
})

describe('a download that fails', () => {
  it('rejects with ERR_DOWNLOAD if the connection breaks', async () => {
    const body = packed['a.gz']!
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': body.length })
      response.write(body.subarray(0, 1000), () => response.destroy())
    }
    expect(await failure()).toContain(`expected ${body.length} bytes, but the connection ended after`)
  })

  it('rejects with ERR_DOWNLOAD if a connection of unknown length breaks', async () => {
    answer = (_, response) => {
      response.write(packed['a.gz']!.subarray(0, 1000), () => response.destroy())
    }
    expect(await failure()).toContain('expected the whole file, but the connection ended after')
  })

  it('rejects with ERR_DOWNLOAD if the server sends only a part', async () => {
    answer = (_, response) => response.end(packed['a.gz']!.subarray(0, 1000))
    expect(await failure()).toContain('corrupt or truncated')
    answer = (_, response) => response.end(contents['a.gz']!.subarray(0, 1000))
    expect(await failure()).toContain('expected 300000 unpacked bytes, but found 1000')
  })

  it('rejects with ERR_DOWNLOAD if the content has a wrong hash', async () => {
    const other = Buffer.from(contents['a.gz']!)
    other[0]! ^= 1
    answer = (_, response) => response.end(gzipSync(other))
    expect(await failure()).toContain(`of SHA-256 ${sha256(contents['a.gz']!)}, but found ${sha256(other)}`)
  })

  it('rejects with ERR_DOWNLOAD if the content is too long', async () => {
    answer = (_, response) => response.end(gzipSync(Buffer.concat([contents['a.gz']!, contents['a.gz']!])))
    expect(await failure()).toContain('expected 300000 unpacked bytes, but it holds more')
  })

  it('rejects with ERR_DOWNLOAD if the server never stops sending', async () => {
    let open = true
    answer = (_, response) => {
      response.on('close', () => {
        open = false
      })
      const more = () => {
        while (open && response.write(Buffer.alloc(1 << 16)));
      }
      response.on('drain', more)
      more()
    }
    expect(await failure()).toContain('but the server sends more')
  })

  it.each([404, 403, 500])('rejects with ERR_DOWNLOAD if the server answers %i', async (status) => {
    answer = (_, response) => response.writeHead(status).end('no')
    expect(await failure()).toContain(`expected HTTP status 200, but got ${status}`)
  })

  it('rejects with ERR_DOWNLOAD if the server sends an HTML page in place of the file', async () => {
    answer = (_, response) => response.end('<html>Log in to the network</html>')
    expect(await failure()).toContain('expected 300000 unpacked bytes, but found 34')
  })

  it('rejects with ERR_DOWNLOAD if no server listens', async () => {
    await new Promise((resolve) => server.close(resolve))
    expect(await failure()).toMatch(/expected an answer, but got none \(.*ECONNREFUSED/)
  })

  it('rejects with ERR_DOWNLOAD if the cache cannot be written', async () => {
    await writeFile(cacheDir, 'a file in the place of the folder')
    await expect(fetchFiles(set, { cacheDir })).rejects.toMatchObject({ code: 'ERR_DOWNLOAD' })
    await expect(fetchFiles(set, { cacheDir })).rejects.toThrow(cacheDir)
  })
})

describe('the signal of fetchFiles', () => {
  it('stops a running download with the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 1e6 })
      response.write(packed['a.gz']!.subarray(0, 1000), () => setTimeout(() => controller.abort(reason), 20))
    }
    await expect(fetchFiles(set, { cacheDir, signal: controller.signal })).rejects.toBe(reason)
    expect(await cached()).toEqual([])
  })

  it('stops fetchFiles before the first request if it is aborted', async () => {
    const reason = new Error('not today')
    await expect(fetchFiles(set, { cacheDir, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(requests).toEqual([])
  })
})

describe('the option dir of fetchFiles', () => {
  it('is read first: its files may be packed or not, and are not checked', async () => {
    const dir = join(folder, 'mine')
    await mkdir(dir)
    await writeFile(join(dir, 'a.gz'), packed['a.gz']!)
    await writeFile(join(dir, 'b'), 'my own content')
    const files = await fetchFiles(set, { dir, cacheDir })
    expect(files.map(({ path }) => path)).toEqual([join(dir, 'a.gz'), join(dir, 'b')])
    expect(Buffer.from(files[1]!.bytes).toString()).toBe('my own content')
    expect(requests).toEqual([])
  })

  it('is ignored if the folder lacks a file', async () => {
    const dir = join(folder, 'mine')
    await mkdir(dir)
    await writeFile(join(dir, 'a.gz'), 'my own content')
    const files = await fetchFiles(set, { dir, cacheDir })
    expect(hashes(files)).toEqual(expected)
    expect(await readdir(dir)).toEqual(['a.gz'])
  })

  it('is in the message if the folder lacks files and the download fails', async () => {
    answer = (_, response) => response.writeHead(404).end()
    expect(await failure({ dir: join(folder, 'none') })).toContain(
      `The folder ${join(folder, 'none')} does not have all files`,
    )
  })
})
