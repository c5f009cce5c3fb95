import { readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { fromTfjs } from '../../../lib/interchange/tfjs/from-tfjs.js'
import { expectClose } from './close.js'

const folder = fileURLToPath(new URL('../../parity/fixtures/interchange/', import.meta.url))
const { rows, predictions } = JSON.parse(readFileSync(`${folder}tfjs.json`, 'utf8')) as Record<string, number[]>
const x = Float32Array.from(rows!)
const whole = () => JSON.parse(readFileSync(`${folder}tfjs/float32.json`, 'utf8'))

/** Writes a changed model.json beside no shards. */
async function changed(change: (model: ReturnType<typeof whole>) => void): Promise<string> {
  const model = whole()
  change(model)
  const path = join(await mkdtemp(join(tmpdir(), 'tfjs-')), 'model.json')
  await writeFile(path, JSON.stringify(model))
  return path
}

describe('TensorFlow.js', () => {
  it('reads a folder', async () => {
    expectClose((await (await fromTfjs(`${folder}tfjs/float32.json`)).predict(x)).data, predictions!)
  })

  it.each([
    ['float16', 1e-3],
    ['uint8', 2e-2],
  ])('reads weights in %s', async (kind, most) => {
    const { data } = await (await fromTfjs(`${folder}tfjs/${kind}.json`)).predict(x)
    const error = Math.max(...Array.from(data, (value, k) => Math.abs(value - predictions![k]!)))
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(most)
  })

  it('reads a server by the function of the caller', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url!)
      response.end(readFileSync(`${folder}tfjs${request.url}`))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const read = async (path: string) => new Uint8Array(await (await fetch(new URL(path, base))).arrayBuffer())
    const model = await fromTfjs('float32.json', { read })
    server.close()
    server.closeAllConnections()
    expectClose((await model.predict(x)).data, predictions!)
    expect(asked).toEqual(['/float32.json', '/float32-shard1of2.bin', '/float32-shard2of2.bin'])
  })

  it.each(['../secret.bin', '/etc/passwd', 'a/../../b.bin', 'C:\\x', '', '..\\x'])('reads no path %j', async (path) => {
    const source = await changed((model) => {
      model.weightsManifest[0].paths = [path]
    })
    await expect(fromTfjs(source)).rejects.toThrow(/expected shards in its own folder/)
  })

  it.each(['http://127.0.0.1:1/secret.bin', '//host/b.bin', '../b.bin'])(
    'reads no path %j by a function',
    async (path) => {
      const source = whole()
      source.weightsManifest[0].paths = [path]
      const asked: string[] = []
      const read = async (name: string) => {
        asked.push(name)
        return Buffer.from(JSON.stringify(source))
      }
      await expect(fromTfjs('m', { read })).rejects.toThrow(/expected shards in its own folder/)
      expect(asked).toEqual(['m'])
    },
  )

  it('reads no shard twice', async () => {
    const source = whole()
    const [first] = source.weightsManifest[0].paths
    source.weightsManifest[0].paths = [first, first]
    const read = async () => Buffer.from(JSON.stringify(source))
    await expect(fromTfjs('m', { read })).rejects.toThrow(/names the shard .* twice/)
  })

  it('refuses shards that do not fit, and other models', async () => {
    const read = async (path: string) => (path === 'm' ? Buffer.from(JSON.stringify(whole())) : new Uint8Array(10))
    await expect(fromTfjs('m', { read })).rejects.toThrow(
      /expected \d+ bytes in the shards of weightsManifest\[0\], but got 20/,
    )
    const huge = await changed((model) => {
      model.weightsManifest[0].weights[0].shape = [2 ** 30, 2 ** 30]
    })
    await expect(fromTfjs(huge)).rejects.toThrow(/too large/)
    const graph = await changed((model) => {
      model.format = 'graph-model'
    })
    await expect(fromTfjs(graph)).rejects.toThrow(/graph model/)
    await expect(fromTfjs('m', { read: async () => 'text' as never })).rejects.toThrow(/a Uint8Array/)
  })
})
