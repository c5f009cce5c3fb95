import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ArgumentError, FormatError } from '../../../lib/base/errors.js'
import { checkContent } from '../../../lib/datasets/check-content.js'
import { fashionMnist, type ImageDataset, mnist } from '../../../lib/datasets/index.js'
import { fashionFiles, mnistFiles } from '../../../lib/datasets/mnist.js'
import { readBytes } from '../../../lib/datasets/read-bytes.js'
import { sharedData } from './shared-data.js'

/** The number of rows of each class. */
function counts(y: Int32Array): number[] {
  return Array.from({ length: 10 }, (_, label) => y.reduce((count, value) => count + Number(value === label), 0))
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

describe('published data sets', () => {
  it('mnist has the published sizes, classes and mean', async () => {
    const { train, test, classes, imageShape } = await mnist({ dir: sharedData('mnist') })
    expect([train.x.rows, train.x.cols, test.x.rows, test.x.cols]).toEqual([60000, 784, 10000, 784])
    expect(counts(train.y)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expect(counts(test.y)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    expect(Array.from(train.y.subarray(0, 10))).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    expect(mean(train.x.data)).toBeCloseTo(0.13066, 5)
    expect([classes, imageShape]).toEqual([10, [28, 28]])
  })

  it('fashionMnist has the published sizes, classes and mean as raw bytes', async () => {
    const { train, test, classNames } = await fashionMnist({ dir: sharedData('fashion-mnist'), raw: true })
    expect([train.x.length, test.x.length]).toEqual([60000 * 784, 10000 * 784])
    expect(counts(train.y)).toEqual(new Array(10).fill(6000))
    expect(counts(test.y)).toEqual(new Array(10).fill(1000))
    expect(train.x.reduce((sum, value) => sum + value, 0) / train.x.length / 255).toBeCloseTo(0.28604, 5)
    expect(classNames[train.y[0]!]).toBe('Ankle boot')
  })

  it.each([mnistFiles, fashionFiles])(
    'have the hashes that downloads are checked with: $name',
    async ({ name, files }) => {
      for (const file of files) {
        const path = join(sharedData(name), file.name)
        expect(await checkContent(await readBytes(path), path, file)).toHaveLength(file.bytes)
      }
    },
  )
})

describe('mnist with files in dir', () => {
  let dir = ''
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'perceptra-mnist-'))
    await write('train-images-idx3-ubyte.gz', gzipSync(images(3)))
    await write('train-labels-idx1-ubyte', labels([9, 0, 1]))
    await write('t10k-images-idx3-ubyte', images(2))
    await write('t10k-labels-idx1-ubyte.gz', gzipSync(labels([2, 3])))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const write = (name: string, bytes: Uint8Array) => writeFile(join(dir, name), bytes)

  function images(count: number, rows = 28, columns = 28): Uint8Array {
    const pixels = Uint8Array.from({ length: count * rows * columns }, (_, i) => (i * 7) % 256)
    return Buffer.concat([Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, rows, 0, 0, 0, columns), pixels])
  }

  function labels(values: number[]): Uint8Array {
    return Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values)
  }

  it('reads them, packed or not, of any size', async () => {
    const { train, test }: ImageDataset = await mnist({ dir })
    expect([train.x.rows, test.x.rows]).toEqual([3, 2])
    expect(train.x.at(0, 1)).toBe(Math.fround(7 / 255))
    expect([Array.from(train.y), Array.from(test.y)]).toEqual([
      [9, 0, 1],
      [2, 3],
    ])
  })

  it.each<[string, string, Uint8Array, RegExp]>([
    ['a label above 9', 'train-labels-idx1-ubyte', labels([9, 10, 1]), /labels from 0 to 9, but label 1 is 10/],
    [
      'one label too few',
      'train-labels-idx1-ubyte',
      labels([9, 0]),
      /3 labels .* as .*train-images.* has .*shape \[2\]/,
    ],
    ['images in place of labels', 'train-labels-idx1-ubyte', images(3), /3 labels of one byte.*shape \[3,28,28\]/],
    [
      'labels in place of images',
      'train-images-idx3-ubyte.gz',
      labels([1, 2, 3]),
      /images of 28 x 28 bytes.*shape \[3\]/,
    ],
    ['images of another size', 't10k-images-idx3-ubyte', images(2, 27), /images of 28 x 28 bytes.*shape \[2,27,28\]/],
    ['no images', 't10k-images-idx3-ubyte', images(0), /images of 28 x 28 bytes.*shape \[0,28,28\]/],
    [
      'truncated images',
      't10k-images-idx3-ubyte',
      images(2).subarray(0, 99),
      /expected 1584 bytes .* found 99: it is truncated/,
    ],
  ])('refuses %s', async (_, name, bytes, message) => {
    await write(name, bytes)
    const error = await mnist({ dir }).catch((reason) => reason)
    expect(error).toBeInstanceOf(FormatError)
    expect(error.message).toMatch(message)
    expect(error.message).toContain(join(dir, name))
  })
})

describe('options of mnist', () => {
  it.each<[object, string]>([
    [{ dri: 'x' }, 'Unknown option "dri" for datasets.mnist(). Did you mean dir?'],
    [{ dir: 3 }, 'a non-empty string for dir, but got 3'],
    [{ cacheDir: '' }, 'a non-empty string for cacheDir'],
    [{ url: 'ftp://example.org/' }, 'an http or https URL for url, but got "ftp://example.org/"'],
    [{ url: 'mirror' }, 'an http or https URL for url'],
    [{ signal: {} }, 'an AbortSignal for signal'],
    [{ raw: 'yes' }, 'true or false for raw'],
  ])('refuses %o', async (options, message) => {
    const error = await mnist(options as never).catch((reason) => reason)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain(message)
  })

  it('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('not today')
    await expect(mnist({ dir: sharedData('mnist'), signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
