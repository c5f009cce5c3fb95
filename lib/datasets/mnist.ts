import { checkBoolean, checkOptions, checkSignal, checkString, invalid, optionKeys } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { type FetchOptions, type FileSet, fetchFiles } from './fetch-files.js'
import { type ImageDataset, type ImageFormat, readSplit, toDataset } from './images.js'

/** Options of published image sets. */
export interface ImageOptions {
  /** A folder with the four IDX files, packed or not: the first place to look, without a check of hashes. */
  dir?: string | undefined
  /** The base URL (http or https) of a mirror, for files that are in neither folder. */
  url?: string | undefined
  /** The folder for downloads, in place of the user's cache folder (`~/.cache/perceptra` on Linux). */
  cacheDir?: string | undefined
  /** Aborting it stops reading and downloading: the promise rejects with its reason. */
  signal?: AbortSignal | undefined
  /** Whether pixels are flat bytes from 0 to 255 (a view: `byteOffset` is not 0) in place of a Matrix from 0 to 1. */
  raw?: boolean | undefined
}

const greySquares = { imageShape: [28, 28], white: 255 } satisfies Partial<ImageFormat>

export const mnistFiles: FileSet = {
  name: 'mnist',
  url: 'https://storage.googleapis.com/cvdf-datasets/mnist/',
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      bytes: 47_040_016,
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    {
      name: 'train-labels-idx1-ubyte.gz',
      bytes: 60_008,
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
    {
      name: 't10k-images-idx3-ubyte.gz',
      bytes: 7_840_016,
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    {
      name: 't10k-labels-idx1-ubyte.gz',
      bytes: 10_008,
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  ],
}

export const fashionFiles: FileSet = {
  name: 'fashion-mnist',
  url: 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      bytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    {
      name: 'train-labels-idx1-ubyte.gz',
      bytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
    {
      name: 't10k-images-idx3-ubyte.gz',
      bytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    {
      name: 't10k-labels-idx1-ubyte.gz',
      bytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  ],
}

const mnistFormat: ImageFormat = { ...greySquares, classNames: Array.from('0123456789') }

const fashionFormat: ImageFormat = {
  ...greySquares,
  classNames: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
}

/**
 * MNIST: 60,000 + 10,000 handwritten digits of 28 x 28 grey pixels. Reads the files in `dir` if it has all four; else the cache
 * folder; else downloads them once (11 MB), with a check of their SHA-256.
 *
 * Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998.
 * @example
 * const { train, test } = await datasets.mnist({ dir: 'data/mnist' })
 * @throws ArgumentError for wrong options or a file that cannot be read.
 * @throws FormatError for files in `dir` of another form.
 * @throws MlpError ERR_DOWNLOAD if the download fails or its content is wrong.
 */
export function mnist(options: ImageOptions & { raw: true }): Promise<ImageDataset<Uint8Array>>
export function mnist(options?: ImageOptions & { raw?: false | undefined }): Promise<ImageDataset<Matrix>>
export function mnist(options?: ImageOptions): Promise<ImageDataset<Matrix | Uint8Array>>
export function mnist(options: ImageOptions = {}): Promise<ImageDataset<Matrix | Uint8Array>> {
  return readImages(mnistFiles, mnistFormat, options, 'datasets.mnist()')
}

/**
 * Fashion-MNIST: 60,000 + 10,000 pictures of clothing in ten classes, of the form and from the places of MNIST (31 MB).
 *
 * Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
 * Algorithms", 2017.
 * @example
 * const { train, test, classNames } = await datasets.fashionMnist({ dir: 'data/fashion-mnist' })
 * @throws as `mnist` does.
 */
export function fashionMnist(options: ImageOptions & { raw: true }): Promise<ImageDataset<Uint8Array>>
export function fashionMnist(options?: ImageOptions & { raw?: false | undefined }): Promise<ImageDataset<Matrix>>
export function fashionMnist(options?: ImageOptions): Promise<ImageDataset<Matrix | Uint8Array>>
export function fashionMnist(options: ImageOptions = {}): Promise<ImageDataset<Matrix | Uint8Array>> {
  return readImages(fashionFiles, fashionFormat, options, 'datasets.fashionMnist()')
}

async function readImages(files: FileSet, format: ImageFormat, options: ImageOptions, name: string) {
  const raw = checkImageOptions(options, name)
  const [trainX, trainY, testX, testY] = await fetchFiles(files, options)
  const train = await readSplit(trainX!, trainY!, format)
  const test = await readSplit(testX!, testY!, format)
  return toDataset(train, test, format, raw)
}

function checkImageOptions(options: ImageOptions & FetchOptions, name: string): boolean {
  checkOptions(
    options,
    name,
    optionKeys<ImageOptions>({ dir: true, url: true, cacheDir: true, signal: true, raw: true }),
  )
  const { dir, url, cacheDir, signal, raw = false } = options
  if (dir !== undefined) checkString(dir, 'dir')
  if (cacheDir !== undefined) checkString(cacheDir, 'cacheDir')
  if (signal !== undefined) checkSignal(signal)
  if (url !== undefined && !isWebUrl(checkString(url, 'url'))) throw invalid('url', 'an http or https URL', url)
  return checkBoolean(raw, 'raw')
}

function isWebUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
